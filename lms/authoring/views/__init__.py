"""The pages of authors, a file for each group of them."""

from lms.authoring.views import desk, exchanging
from lms.authoring.views.blueprint import bp

__all__ = ["bp", "desk", "exchanging"]
