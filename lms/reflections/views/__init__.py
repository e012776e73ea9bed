"""The pages of reflections, a file for each group of them."""

from lms.reflections.views import dispensing, writing
from lms.reflections.views.blueprint import bp

__all__ = ["bp", "dispensing", "writing"]
