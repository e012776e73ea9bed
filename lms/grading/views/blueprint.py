"""Where the pages of grading hang."""

from flask import Blueprint

from lms.grading import rounds

bp = Blueprint("grading", __name__, url_prefix="/grading")
bp.add_app_template_global(rounds.round_of)  # the writing page asks; reflections know nothing of grading
