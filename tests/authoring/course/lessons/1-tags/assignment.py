# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: Tags
#     minutes: 10
#     covers: [Q3, F1]
# ---

# %% [markdown]
"""
# Tags
"""

# %% id="name"
NAME = ""  # your user name

# %% given="setup"
from pathlib import Path

from awslab.draw import draw
from awslab.learner import learner
from awslab.score import score

names = Path("files/names.txt").read_text().split()
COMMIT = draw("1-tags").pick("COMMIT", ["3f2c1aa", "8c1d7e4", "e07b9a2", "51fd3c6"])


# %% [markdown]
"""
## Tag an image (3 points)

Set `tags` to the list of tags that one image carries.
"""

# %% [markdown] hints="tag-image"
"""
- How many tags can one image carry?
- A list of two strings, for example:

      tags = ["a", "b"]

- The version is `v1.0`.
"""

# %% solution="tag-image"
### BEGIN SOLUTION
tags = ["v1.0", names[0] + "-" + COMMIT]
### END SOLUTION

# %% check="tag-image" points=3
"""Two tags, the version among them."""
with score(3) as s:
    tags = learner["tags"]
    s.met(1, "the version is a tag", "v1.0" in tags, found=tags, expected="`v1.0`")
    s.met(1, "two tags", len(tags) == 2, found=tags, slip="one tag more, not another image")
    ### BEGIN HIDDEN TESTS
    s.met(1, "the commit is a tag", names[0] + "-" + COMMIT in tags, found=tags)
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## Parse a reference (2 points)
"""

# %% [markdown] hints="parse-tag"
"""
1. Where does the tag start?
2. Look at `str.rpartition`.
"""


# %% solution="parse-tag"
def tag_of(reference):
    """Return the tag of an image reference."""
    ### BEGIN SOLUTION
    return reference.rpartition(":")[2]
    ### END SOLUTION


# %% check="parse-tag" points=2
"""tag_of works for every reference."""
with score(2) as s:
    for reference, tag in [("a/b:v1", "v1"), ("c:8080/d:v2", "v2")]:
        found = learner.call("tag_of", reference)
        s.need(found is not None, "`tag_of` returns nothing yet")
        text = learner.returned(found, "tag_of", reference)
        s.met(1, f"the tag of {reference}", found == tag, found=text, expected=repr(tag))
s

# %% [markdown]
"""
## In words (2 points)
"""

# %% [markdown] answer="why-tags" points=2
"""
Why two tags?

<!-- BEGIN SOLUTION -->
People read the version, machines the commit.
<!-- END SOLUTION -->
"""
