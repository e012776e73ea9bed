"""The pages of grading, a file a subject."""

from lms.grading.views import (
    allocation,
    appeals,
    archiving,
    decisions,
    desk,
    leading,
    moderation,
    queue,
    releasing,
    result,
    rubrics,
    settings,
)
from lms.grading.views.blueprint import bp

__all__ = [
    "allocation",
    "appeals",
    "archiving",
    "bp",
    "decisions",
    "desk",
    "leading",
    "moderation",
    "queue",
    "releasing",
    "result",
    "rubrics",
    "settings",
]
