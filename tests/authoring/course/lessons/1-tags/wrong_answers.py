# %% wrong="tag-image" slip="only the version" says="one tag more, not another image"
tags = ["v1.0"]

# %% wrong="tag-image" slip="only the commit" says="the version is a tag"
tags = ["users-" + COMMIT]

# %% wrong="tag-image" slip="another commit" says="the commit is a tag"
tags = ["v1.0", "fffffff"]

# %% right="tag-image" by="the shell"
# listed = !echo users-{COMMIT} v1.0
tags = listed[0].split()

# %% wrong="parse-tag" slip="raises" says="ZeroDivisionError"
return 1 / 0

# %% wrong="parse-tag" slip="first colon" says="8080/d"
return reference.split(":")[1]

# %% wrong="parse-tag" slip="the repository" says="the tag of a/b:v1"
return reference.rpartition(":")[0]

# %% right="parse-tag" by="split"
return reference.split(":")[-1]
