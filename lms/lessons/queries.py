"""Lessons of a module as one learner sees them: two queries a page, whatever the number of rows."""

from dataclasses import dataclass

from sqlalchemy import String, and_, bindparam, cast, select

from lms.content.models import LessonVersion
from lms.db import fetch
from lms.drives.models import DriveModule
from lms.drives.queries import PLACE, Place
from lms.errors import NotFound
from lms.lessons.models import LessonRead
from lms.people.viewer import SignedIn


@dataclass(frozen=True)
class Entry:
    """A line of the contents."""

    lesson_id: int
    key: str
    title: str
    minutes: int
    is_read: bool


@dataclass(frozen=True)
class Text:
    """What the author wrote; headings and sources as the JSON that the table holds, so that a text can be a key."""

    html: str
    headings: str
    sources: str


CONTENTS = (
    select(LessonVersion.id, LessonVersion.key, LessonVersion.title, LessonVersion.minutes, LessonRead.read_at)
    .outerjoin(
        LessonRead,
        and_(
            LessonRead.summons_id == bindparam("summons"),
            LessonRead.module_id == bindparam("module"),
            LessonRead.lesson_key == LessonVersion.key,
            LessonRead.version_number >= LessonVersion.read_since,
        ),
    )
    .where(LessonVersion.version_id == bindparam("version"))
    .order_by(LessonVersion.position)
)
PAGE = PLACE.add_columns(
    LessonVersion.html, cast(LessonVersion.headings, String), cast(LessonVersion.sources, String)
).join(
    LessonVersion,
    and_(LessonVersion.version_id == DriveModule.version_id, LessonVersion.key == bindparam("key")),
)
"""Where the viewer stands and the lesson's text at once, for the page that is asked for most."""


def page_for(viewer: SignedIn, drive_code: str, slug: str, lesson_key: str) -> tuple[Place, Text]:
    """A lesson in a drive of the viewer; anything else is not found."""
    where = {"person": viewer.person_id, "drive": drive_code, "slug": slug, "key": lesson_key}
    row = fetch(PAGE, where).first()
    if row is None:
        raise NotFound()
    *place, html, headings, sources = row
    return Place(*place), Text(html, headings, sources)


def contents(place: Place) -> list[Entry]:
    where = {"summons": place.summons_id, "module": place.module_id, "version": place.version_id}
    return [
        Entry(lesson_id, key, title, minutes, read_at is not None)
        for lesson_id, key, title, minutes, read_at in fetch(CONTENTS, where)
    ]
