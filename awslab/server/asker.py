"""Who asks while an assignment is graded: its checks, or anybody else. In a notebook nobody is a check."""

from contextvars import ContextVar

# What the checks do to see a world leaves no trace in it that the learner's own code could read.
CHECKS: ContextVar[bool] = ContextVar("CHECKS", default=False)
