"""The pages of quizzes, a file for each group of them."""

from lms.quizzes.views import (
    anomalies,
    attempts,
    before_and_after,
    by_hand,
    corrections,
    exceptions,
    looking_over,
    settings,
    timelines,
)
from lms.quizzes.views.blueprint import bp

__all__ = [
    "anomalies",
    "attempts",
    "before_and_after",
    "bp",
    "by_hand",
    "corrections",
    "exceptions",
    "looking_over",
    "settings",
    "timelines",
]
