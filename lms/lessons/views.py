"""A module's contents, its lessons and what changed in them, and the handbook, within a drive of the viewer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms import clock
from lms.content import queries as content
from lms.content.changes import marked
from lms.content.models import LessonVersion
from lms.drives import queries as drives
from lms.drives.models import Drive
from lms.drives.rules import refusal_to_study
from lms.errors import BadInput, NotFound, Refused
from lms.lessons import queries, services
from lms.lessons.rules import MOST_PARAGRAPHS, dressed
from lms.web import current_user, number

bp = Blueprint("lessons", __name__, url_prefix="/lessons")


def _refuse_before_opening(window: drives.Place | Drive) -> None:
    """Lessons stay readable after the drive has closed, but not before it opens."""
    if clock.now() < window.opens_at:
        raise Refused(refusal_to_study(window.opens_at, window.closes_at, clock.now()) or "")


def _position(entries: list[queries.Entry], lesson_key: str) -> int:
    try:
        return [entry.key for entry in entries].index(lesson_key)
    except ValueError:
        raise NotFound() from None


@dataclass(frozen=True)
class _Drawn:
    """What of a lesson's page is the same for every reader."""

    html: str
    paragraphs: tuple[str, ...]
    headings: str
    sources: str
    display_url: str
    """Where text size and contrast are chosen."""


@lru_cache(maxsize=256)
def _drawn(text: queries.Text) -> _Drawn:
    """Drawn once a process."""
    macros: Any = current_app.jinja_env.get_template("macros/lessons.html").module
    shown = dressed(text.html)
    headings, sources = macros.headings(json.loads(text.headings)), macros.sources(json.loads(text.sources), back=True)
    return _Drawn(shown.html, shown.paragraphs, headings, sources, url_for("people.me"))


@lru_cache(maxsize=64)
def _with_changes(before_html: str, after_html: str, lesson_keys: tuple[str, ...]) -> str:
    """One address deeper than the lessons to which the text may link."""
    return dressed(marked(before_html, after_html), lessons={key: f"../{key}" for key in lesson_keys}).html


@bp.get("/<drive>/<slug>/")
def module(drive: str, slug: str) -> ResponseReturnValue:
    place = drives.place_for(current_user, drive, slug)
    _refuse_before_opening(place)
    version = content.version_by_id(place.version_id)
    return render_template("lessons/module.html", place=place, version=version, contents=queries.contents(place))


@bp.get("/<drive>/<slug>/<lesson_key>")
def lesson(drive: str, slug: str, lesson_key: str) -> ResponseReturnValue:
    place, text, paragraph = queries.page_for(current_user, drive, slug, lesson_key)
    _refuse_before_opening(place)
    entries = queries.contents(place)
    position = _position(entries, lesson_key)
    drawn = _drawn(text)
    return render_template(
        "lessons/lesson.html",
        place=place,
        contents=entries,
        entry=entries[position],
        position=position + 1,
        drawn=drawn,
        stopped_at=drawn.paragraphs[paragraph] if 0 < paragraph < len(drawn.paragraphs) else None,
        before=entries[position - 1] if position else None,
        after=entries[position + 1] if position + 1 < len(entries) else None,
        is_open=clock.now() <= place.closes_at,
    )


@bp.get("/<drive>/<slug>/<lesson_key>/changes")
def changes(drive: str, slug: str, lesson_key: str) -> ResponseReturnValue:
    """What the learner reads now beside what they read then; once that is read, there is nothing to show."""
    place, text, _paragraph = queries.page_for(current_user, drive, slug, lesson_key)
    _refuse_before_opening(place)
    entries = queries.contents(place)
    entry = entries[_position(entries, lesson_key)]
    if not entry.is_changed:
        return redirect(url_for("lessons.lesson", drive=drive, slug=slug, lesson_key=lesson_key))
    return render_template(
        "lessons/changes.html",
        place=place,
        entry=entry,
        html=_with_changes(queries.read_html(place, lesson_key), text.html, tuple(one.key for one in entries)),
        sources=_drawn(text).sources,
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


@bp.post("/<drive>/<slug>/<lesson_key>/place")
def keep_place(drive: str, slug: str, lesson_key: str) -> ResponseReturnValue:
    """Where the reader is, told by the script now and then."""
    place = drives.place_for(current_user, drive, slug)
    _refuse_before_opening(place)
    text, paragraph = request.form.get("text", None, number), request.form.get("paragraph", None, number)
    if text is None or paragraph is None or not 0 <= paragraph < MOST_PARAGRAPHS:
        raise BadInput()
    entries = queries.contents(place)
    entry = entries[_position(entries, lesson_key)]
    services.keep_place(place, entry, text=text, paragraph=paragraph, at=clock.now())
    return "", 204


@bp.get("/<drive>/handbook")
def handbook(drive: str) -> ResponseReturnValue:
    """Every lesson of the drive on one page, to be printed."""
    summons = drives.summons_for(current_user, drive)
    _refuse_before_opening(summons.drive)
    modules = drives.modules_of(summons.drive_id)
    lessons = queries.lessons_of([chosen.version_id for chosen in modules])
    chapters = [
        (order, chosen.version, _pages(order, lessons[chosen.version_id])) for order, chosen in enumerate(modules, 1)
    ]
    return render_template("lessons/handbook.html", drive=summons.drive, chapters=chapters)


def _pages(chapter: int, lessons: Sequence[LessonVersion]) -> list[tuple[str, LessonVersion, str]]:
    """The lessons of a chapter with their names, as "1.2", and their HTML, in which links lead to one another."""
    names = {lesson.key: f"{chapter}.{order}" for order, lesson in enumerate(lessons, 1)}
    anchors = {key: f"#bai-{name}" for key, name in names.items()}
    return [
        (names[lesson.key], lesson, dressed(lesson.html, name=names[lesson.key], lessons=anchors).html)
        for lesson in lessons
    ]
