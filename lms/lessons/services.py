"""Remembering what was read, and how far."""

from datetime import datetime

from flask_babel import gettext as _

from lms.db import transaction, upsert
from lms.drives.queries import Place
from lms.drives.rules import refusal_to_study
from lms.errors import Refused
from lms.lessons.models import LessonRead, ReadingPlace
from lms.lessons.queries import Entry


def mark_read(place: Place, lesson: Entry, *, at: datetime) -> None:
    """Note that this text of the lesson was read. The first time counts; a later text is noted anew."""
    if refusal := refusal_to_study(place.opens_at, place.closes_at, at):
        raise Refused(refusal)
    with transaction() as session:
        note = upsert(LessonRead).values(
            summons_id=place.summons_id,
            module_id=place.module_id,
            lesson_key=lesson.key,
            lesson_id=lesson.lesson_id,
            version_number=place.version_number,
            read_at=at,
        )
        told = {key: note.excluded[key] for key in ("lesson_id", "version_number", "read_at")}
        session.execute(
            note.on_conflict_do_update(
                index_elements=["summons_id", "module_id", "lesson_key"],
                set_=told,
                where=LessonRead.version_number < note.excluded.version_number,
            )
        )


def keep_place(place: Place, lesson: Entry, *, text: int, paragraph: int, at: datetime) -> None:
    """Remember the paragraph at which the learner is, counted in the text with this id. It gives no credit."""
    if text != lesson.lesson_id:
        raise Refused(_("Bài học vừa có bản mới. Đồng chí tải lại trang để đọc bản mới."))
    with transaction() as session:
        note = upsert(ReadingPlace).values(
            summons_id=place.summons_id,
            module_id=place.module_id,
            lesson_key=lesson.key,
            lesson_id=text,
            paragraph=paragraph,
            seen_at=at,
        )
        told = {key: note.excluded[key] for key in ("lesson_id", "paragraph", "seen_at")}
        session.execute(note.on_conflict_do_update(index_elements=["summons_id", "module_id", "lesson_key"], set_=told))
