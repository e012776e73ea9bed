"""A module's contents and its lessons, within a drive to which the viewer is summoned."""

import json
from functools import lru_cache
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lms import clock
from lms.content import queries as content
from lms.drives import queries as drives
from lms.drives.rules import refusal_to_study
from lms.errors import NotFound, Refused
from lms.lessons import queries, services
from lms.web import current_user

bp = Blueprint("lessons", __name__, url_prefix="/lessons")


def _refuse_before_opening(place: drives.Place) -> None:
    """Lessons stay readable after the drive has closed, but not before it opens."""
    if clock.now() < place.opens_at:
        raise Refused(refusal_to_study(place.opens_at, place.closes_at, clock.now()) or "")


def _position(entries: list[queries.Entry], lesson_key: str) -> int:
    try:
        return [entry.key for entry in entries].index(lesson_key)
    except ValueError:
        raise NotFound() from None


@lru_cache(maxsize=256)
def _around(text: queries.Text) -> tuple[str, str]:
    """The list of headings before the text and of sources after it: the same for every reader, drawn once a process."""
    macros: Any = current_app.jinja_env.get_template("macros/lessons.html").module
    return macros.headings(json.loads(text.headings)), macros.sources(json.loads(text.sources))


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
    position = _position(entries, lesson_key)
    headings, sources = _around(text)
    return render_template(
        "lessons/lesson.html",
        place=place,
        contents=entries,
        entry=entries[position],
        position=position + 1,
        text=text,
        headings=headings,
        sources=sources,
        before=entries[position - 1] if position else None,
        after=entries[position + 1] if position + 1 < len(entries) else None,
        is_open=clock.now() <= place.closes_at,
    )


@bp.post("/<drive>/<slug>/<lesson_key>/read")
def read(drive: str, slug: str, lesson_key: str) -> ResponseReturnValue:
    place = drives.place_for(current_user, drive, slug)
    entries = queries.contents(place)
    position = _position(entries, lesson_key)
    services.mark_read(place, entries[position], at=clock.now())
    if position + 1 < len(entries):
        return redirect(url_for("lessons.lesson", drive=drive, slug=slug, lesson_key=entries[position + 1].key))
    return redirect(url_for("lessons.module", drive=drive, slug=slug))
