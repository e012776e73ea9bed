"""The pages of quizzes, a file for each group of them."""

from lms.quizzes.views import anomalies, attempts, by_hand, corrections, exceptions, looking_over, settings, timelines
from lms.quizzes.views.blueprint import bp

__all__ = [
    "anomalies",
    "attempts",
    "bp",
    "by_hand",
    "corrections",
    "exceptions",
    "looking_over",
    "settings",
    "timelines",
]
