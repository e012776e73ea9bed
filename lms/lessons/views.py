"""A module's contents and its lessons, within a drive to which the viewer is summoned."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lms import clock
from lms.content import queries as content
from lms.drives import queries as drives
from lms.drives.rules import refusal_to_study
from lms.errors import Refused
from lms.lessons import queries, services
from lms.web import current_user

bp = Blueprint("lessons", __name__, url_prefix="/lessons")


def _refuse_before_opening(place: drives.Place) -> None:
    """Lessons stay readable after the drive has closed, but not before it opens."""
    if clock.now() < place.opens_at:
        raise Refused(refusal_to_study(place.opens_at, place.closes_at, clock.now()) or "")


@bp.get("/<drive>/<slug>/")
def module(drive: str, slug: str) -> ResponseReturnValue:
    place = drives.place_for(current_user, drive, slug)
    _refuse_before_opening(place)
    version = content.version_by_id(place.version_id)
    return render_template("lessons/module.html", place=place, version=version, contents=queries.contents(place))


@bp.get("/<drive>/<slug>/<lesson_key>")
def lesson(drive: str, slug: str, lesson_key: str) -> ResponseReturnValue:
    place, text = queries.page_for(current_user, drive, slug, lesson_key)
    _refuse_before_opening(place)
    entries = queries.contents(place)
    position = [entry.key for entry in entries].index(lesson_key)
    return render_template(
        "lessons/lesson.html",
        place=place,
        contents=entries,
        entry=entries[position],
        position=position + 1,
        text=text,
        before=entries[position - 1] if position else None,
        after=entries[position + 1] if position + 1 < len(entries) else None,
        is_open=clock.now() <= place.closes_at,
    )


@bp.post("/<drive>/<slug>/<lesson_key>/read")
def read(drive: str, slug: str, lesson_key: str) -> ResponseReturnValue:
    place = drives.place_for(current_user, drive, slug)
    text = queries.text(place, lesson_key)
    services.mark_read(place, text.id, lesson_key, at=clock.now())
    entries = queries.contents(place)
    keys = [entry.key for entry in entries]
    following = keys[keys.index(lesson_key) + 1 :]
    if following:
        return redirect(url_for("lessons.lesson", drive=drive, slug=slug, lesson_key=following[0]))
    return redirect(url_for("lessons.module", drive=drive, slug=slug))
