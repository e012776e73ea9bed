"""Where the pages of authors hang, and what they share."""

from contextlib import closing

from flask import Blueprint
from werkzeug.datastructures import FileStorage

bp = Blueprint("authoring", __name__, url_prefix="/authoring")

SEVERITY_NAMES = {"error": "Lỗi", "warning": "Cảnh báo", "hint": "Gợi ý"}


def content_of(sent: FileStorage) -> bytes:
    """A file that was sent; how large it may be is a setting, and each reader has a limit of its own."""
    with closing(sent):
        return sent.read()
