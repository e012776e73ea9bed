"""The pages of grading, a file a subject."""

from lms.grading.views import decisions, desk, queue, releasing, result
from lms.grading.views.blueprint import bp

__all__ = ["bp", "decisions", "desk", "queue", "releasing", "result"]
