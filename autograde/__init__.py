"""Grade a class: the learner's cells in a sandbox, the checks outside it, one lab between them."""
