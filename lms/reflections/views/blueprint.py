"""Where the pages of reflections hang."""

from flask import Blueprint

bp = Blueprint("reflections", __name__, url_prefix="/reflections")
