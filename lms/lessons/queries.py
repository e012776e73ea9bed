"""Lessons of a module as one learner sees them: two queries a page, whatever the number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import String, and_, bindparam, cast, select
from sqlalchemy.orm import aliased

from lms.content.models import LessonVersion
from lms.db import db, fetch
from lms.drives.models import DriveModule, Summons
from lms.drives.queries import PLACE, Place
from lms.errors import NotFound
from lms.lessons.models import LessonRead, ReadingPlace
from lms.lessons.rules import Standing, standing
from lms.people.viewer import SignedIn


@dataclass(frozen=True)
class Entry:
    """A line of the contents."""

    lesson_id: int
    key: str
    title: str
    minutes: int
    standing: Standing
    is_changed: bool
    """Is the text another one than the learner read?"""

    @property
    def is_read(self) -> bool:
        return self.standing in (Standing.READ, Standing.CHANGED)


@dataclass(frozen=True)
class Text:
    """What the author wrote; headings and sources as the JSON that the table holds, so that a text can be a key."""

    html: str
    headings: str
    sources: str


EARLIER = aliased(LessonVersion)
CONTENTS = (
    select(
        LessonVersion.id,
        LessonVersion.key,
        LessonVersion.title,
        LessonVersion.minutes,
        LessonVersion.read_since,
        LessonRead.version_number,
        EARLIER.html != LessonVersion.html,
    )
    .outerjoin(
        LessonRead,
        and_(
            LessonRead.summons_id == bindparam("summons"),
            LessonRead.module_id == bindparam("module"),
            LessonRead.lesson_key == LessonVersion.key,
        ),
    )
    .outerjoin(EARLIER, and_(EARLIER.id == LessonRead.lesson_id, LessonRead.version_number < bindparam("number")))
    .where(LessonVersion.version_id == bindparam("version"))
    .order_by(LessonVersion.position)
)
PAGE = (
    PLACE.add_columns(
        LessonVersion.html,
        cast(LessonVersion.headings, String),
        cast(LessonVersion.sources, String),
        ReadingPlace.paragraph,
    )
    .join(
        LessonVersion,
        and_(LessonVersion.version_id == DriveModule.version_id, LessonVersion.key == bindparam("key")),
    )
    .outerjoin(
        ReadingPlace,
        and_(
            ReadingPlace.summons_id == Summons.id,
            ReadingPlace.module_id == DriveModule.module_id,
            ReadingPlace.lesson_key == LessonVersion.key,
            ReadingPlace.lesson_id == LessonVersion.id,
        ),
    )
)
"""Where the viewer stands, the lesson's text and the place in it at once, for the page that is asked for most."""


def page_for(viewer: SignedIn, drive_code: str, slug: str, lesson_key: str) -> tuple[Place, Text, int]:
    """A lesson in a drive of the viewer, and the paragraph at which they stopped; anything else is not found."""
    where = {"person": viewer.person_id, "drive": drive_code, "slug": slug, "key": lesson_key}
    row = fetch(PAGE, where).first()
    if row is None:
        raise NotFound()
    *place, html, headings, sources, paragraph = row
    return Place(*place), Text(html, headings, sources), paragraph or 0


def contents(place: Place) -> list[Entry]:
    where = {
        "summons": place.summons_id,
        "module": place.module_id,
        "version": place.version_id,
        "number": place.version_number,
    }
    return [
        Entry(lesson_id, key, title, minutes, standing(number, since, is_changed=bool(changed)), bool(changed))
        for lesson_id, key, title, minutes, since, number, changed in fetch(CONTENTS, where)
    ]


def read_html(place: Place, lesson_key: str) -> str:
    """The text that the learner read last; not found where there is none."""
    html = db.session.scalar(
        select(LessonVersion.html)
        .join(LessonRead, LessonRead.lesson_id == LessonVersion.id)
        .where(
            LessonRead.summons_id == place.summons_id,
            LessonRead.module_id == place.module_id,
            LessonRead.lesson_key == lesson_key,
        )
    )
    if html is None:
        raise NotFound()
    return html


def lessons_of(version_ids: Sequence[int]) -> dict[int, list[LessonVersion]]:
    """The lessons of these versions of modules, in order."""
    rows = db.session.scalars(
        select(LessonVersion).where(LessonVersion.version_id.in_(version_ids)).order_by(LessonVersion.position)
    )
    found: dict[int, list[LessonVersion]] = {version_id: [] for version_id in version_ids}
    for lesson in rows:
        found[lesson.version_id].append(lesson)
    return found
