"""The pages of quizzes, a file for each group of them."""

from lms.quizzes.views import attempts, corrections, exceptions, settings, timelines
from lms.quizzes.views.blueprint import bp

__all__ = ["attempts", "bp", "corrections", "exceptions", "settings", "timelines"]
