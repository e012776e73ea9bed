"""Trying the questions of a quiz's bank by oneself: explained at once, counted for nothing, and nothing is stored.

What was drawn stands in the address, and so does the answer. A learner practises once nothing can be gained by it: the
quiz is passed, the tries are used up, or it has closed; never beside a running attempt, never while late answers may
still come, never while the same module waits for them in another drive, and only as far as the rules show answers at
all. Organisers may open it at any time, or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import defer

from lms.content.models import LessonVersion, QuestionVersion
from lms.content.queries import is_withdrawn
from lms.content.rules import Candidate, Practice, Question
from lms.db import db
from lms.drives.models import Drive, DriveModule, Summons
from lms.drives.queries import Place
from lms.people.viewer import SignedIn
from lms.quizzes import rules
from lms.quizzes.kinds import is_marked_by_hand
from lms.quizzes.lateness import LATE_FOR, Attempted, result_is_shown
from lms.quizzes.marking import Correction, Effect, corrected
from lms.quizzes.models import Attempt, KeyCorrection, QuizException
from lms.quizzes.results import Chapter, chapter_of
from lms.quizzes.rules import Review, Rules, Terms
from lms.vietnamese import day_of


def allowed(held: Rules) -> Review:
    """What is shown of a question that was tried."""
    return Review(held.show_marks, held.show_answers, held.show_explanations)


def refusal(held: Rules, terms: Terms, attempts: Sequence[Attempted], passed: bool, now: datetime) -> str | None:
    """Say why a learner cannot practise now; None means that they can."""
    if held.practice is Practice.OFF or not allowed(held).shows_something:
        return _("Bài kiểm tra này không có phần tự luyện.")
    if any(one.submitted_at is None for one in attempts):
        return _("Đồng chí đang có một lượt làm dở. Nộp bài xong rồi mới tự luyện được.")
    if not all(result_is_shown(one, now) for one in attempts):
        return _("Đồng chí xem kết quả của lượt vừa hết giờ trước, rồi tự luyện.")
    if held.practice is Practice.ALWAYS:
        return None
    if later := rules.review(held, terms.closes_at, now).later:
        return _("%(later)s Khi đó đồng chí mới tự luyện được.", later=later)
    is_used_up = bool(terms.attempts) and len(attempts) >= terms.attempts
    if not (passed or is_used_up or now > terms.closes_at):
        return _("Tự luyện mở khi đồng chí đã đạt, đã làm đủ lượt hoặc bài kiểm tra đã đóng.")
    return None


@dataclass(frozen=True)
class Bank:
    """The questions that can be practised, as they count now, in the author's order."""

    candidates: list[Candidate]
    questions: dict[str, Question]
    chapters: dict[str, Chapter]
    is_needed_elsewhere: bool
    """Does another drive still examine this learner in the same module?"""


def _elsewhere(viewer: SignedIn, place: Place, now: datetime) -> ColumnElement[bool]:
    """Another drive of the viewer with this module: not over for them and not passed, with a running attempt, or with
    one that still takes late answers."""
    attempts = select(Attempt.id).where(Attempt.summons_id == Summons.id, Attempt.module_id == place.module_id)
    later = (
        select(QuizException.id)
        .where(
            QuizException.drive_id == Drive.id,
            QuizException.withdrawn_at.is_(None),
            QuizException.open_until > now,
        )
        .exists()
    )
    is_open = and_(or_(Drive.closes_at > now, later), ~attempts.where(Attempt.passed.is_(True)).exists())
    takes_late = attempts.where(
        Attempt.by_timeout, Attempt.opened_at.is_(None), Attempt.due_at > now - LATE_FOR
    ).exists()
    return (
        select(Summons.id)
        .join(Drive, Drive.id == Summons.drive_id)
        .join(DriveModule, and_(DriveModule.drive_id == Drive.id, DriveModule.module_id == place.module_id))
        .where(
            Summons.person_id == viewer.person_id,
            Summons.id != place.summons_id,
            Summons.withdrawn_at.is_(None),
            or_(is_open, takes_late, attempts.where(Attempt.submitted_at.is_(None)).exists()),
        )
        .exists()
    )


def bank(viewer: SignedIn, place: Place, now: datetime) -> Bank:
    """One query. What a person would have to mark is left out, and so is what was found to be faulty."""
    its_lesson = and_(
        LessonVersion.version_id == QuestionVersion.version_id, LessonVersion.key == QuestionVersion.lesson_key
    )
    its_correction = and_(
        KeyCorrection.drive_id == place.drive_id,
        KeyCorrection.version_id == QuestionVersion.version_id,
        KeyCorrection.question_key == QuestionVersion.key,
        KeyCorrection.undone_at.is_(None),
    )
    topic = func.coalesce(func.nullif(QuestionVersion.topic, ""), QuestionVersion.lesson_key)
    rows = db.session.execute(
        select(QuestionVersion, topic, LessonVersion, KeyCorrection, _elsewhere(viewer, place, now))
        .outerjoin(LessonVersion, its_lesson)
        .outerjoin(KeyCorrection, its_correction)
        .options(defer(LessonVersion.html))
        .where(QuestionVersion.version_id == place.version_id, ~is_withdrawn(day_of(now)))
        .order_by(QuestionVersion.position)
    )
    candidates, questions, chapters, is_needed = [], {}, {}, False
    for row, its_topic, lesson, correction, is_needed in rows:  # noqa: B007 - the same in every row
        question = row.specification()
        if is_marked_by_hand(question) or (correction and correction.effect is not Effect.KEY):
            continue
        if correction:
            question = corrected(question, {row.key: Correction(correction.effect, tuple(correction.right))})
        candidates.append(Candidate(row.key, its_topic, row.difficulty))
        questions[row.key] = question
        if lesson:
            chapters[lesson.key] = chapter_of(lesson.position, lesson.title, lesson.headings, lesson.sources)
    return Bank(candidates, questions, chapters, is_needed)
