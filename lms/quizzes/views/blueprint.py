"""Where the pages of quizzes hang."""

from flask import Blueprint

bp = Blueprint("quizzes", __name__, url_prefix="/quizzes")

PAGE = 100
"""Rows of a list on one page."""
