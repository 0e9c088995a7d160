"""Turn lessons/ into notebooks/, source/ and release/, and prove that the course is sound.

`python -m authoring build | pull | check`; docs/authors.md tells an author what to write.
"""
