"""The author's pages: what is published, exactly as learners see it, with keys and explanations."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from lms import access
from lms.access import Action
from lms.content import queries
from lms.content.models import Image
from lms.db import db
from lms.errors import NotFound
from lms.web import current_user, number

bp = Blueprint("content", __name__, url_prefix="/content")


@bp.get("/")
def modules() -> ResponseReturnValue:
    access.require(current_user, Action.SEE_CONTENT)
    return render_template("content/modules.html", versions=list(db.session.scalars(queries.latest_versions())))


@bp.get("/images/<digest>")
def image(digest: str) -> ResponseReturnValue:
    """A picture of some lesson, for everybody who is signed in: its address is known to those who saw the lesson."""
    found = db.session.get(Image, digest)
    if found is None:
        raise NotFound()
    response = Response(found.data, mimetype=found.content_type)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@bp.get("/<slug>")
def version(slug: str) -> ResponseReturnValue:
    access.require(current_user, Action.SEE_CONTENT)
    shown = queries.version_of(slug, request.args.get("version", type=number))
    return render_template(
        "content/version.html",
        version=shown,
        quiz=shown.quiz_plan(),
        questions=[question.specification() for question in shown.questions],
        versions=queries.version_numbers(shown.module_id),
    )


@bp.get("/<slug>/lessons/<lesson_key>")
def lesson(slug: str, lesson_key: str) -> ResponseReturnValue:
    access.require(current_user, Action.SEE_CONTENT)
    shown = queries.version_of(slug, request.args.get("version", type=number))
    found = next((lesson for lesson in shown.lessons if lesson.key == lesson_key), None)
    if found is None:
        raise NotFound()
    return render_template("content/lesson.html", version=shown, lesson=found)
