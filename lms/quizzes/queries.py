"""Attempts as their owner sees them."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import and_, bindparam, select

from lms.content import queries as content
from lms.content.models import Module, ModuleVersion, QuestionVersion, specification
from lms.content.rules import Question, QuizPlan
from lms.db import db, fetch
from lms.drives.models import Drive, Summons
from lms.drives.queries import Place
from lms.errors import BadInput, NotFound
from lms.people.viewer import SignedIn
from lms.quizzes.models import Answer, Attempt


def plan_of(version_id: int) -> QuizPlan:
    """How the quiz of a module version is assembled; not found where the module has no quiz."""
    quiz = db.session.scalar(select(ModuleVersion.quiz).where(ModuleVersion.id == version_id))
    if not quiz:
        raise NotFound()
    return QuizPlan(**quiz)


def attempts_at(place: Place) -> list[Attempt]:
    return list(
        db.session.scalars(
            select(Attempt)
            .where(Attempt.summons_id == place.summons_id, Attempt.module_id == place.module_id)
            .order_by(Attempt.number)
        )
    )


@dataclass(frozen=True)
class Sheet:
    """An attempt with all that its pages show; one query, and one each for questions and answers."""

    attempt: Attempt
    plan: QuizPlan
    title: str
    slug: str
    drive_code: str
    closes_at: datetime


SHEET = (
    select(Attempt, ModuleVersion.quiz, ModuleVersion.title, Module.slug, Drive.code, Drive.closes_at)
    .join(Summons, Summons.id == Attempt.summons_id)
    .join(Drive, Drive.id == Summons.drive_id)
    .join(ModuleVersion, ModuleVersion.id == Attempt.version_id)
    .join(Module, Module.id == Attempt.module_id)
    .where(Attempt.id == bindparam("attempt"), Summons.person_id == bindparam("person"))
)


def sheet_for(viewer: SignedIn, attempt_id: int) -> Sheet:
    """The viewer's own attempt; anybody else's is not found."""
    row = db.session.execute(SHEET, {"attempt": attempt_id, "person": viewer.person_id}).first()
    if row is None:
        raise NotFound()
    attempt, quiz, *rest = row
    return Sheet(attempt, QuizPlan(**quiz), *rest)


FOR_ANSWER = (
    select(
        Attempt.submitted_at,
        Attempt.due_at,
        Attempt.question_keys,
        *(getattr(QuestionVersion, name) for name in ("key", "kind", "lesson_key", "sources", "html", "options")),
    )
    .join(Summons, Summons.id == Attempt.summons_id)
    .outerjoin(
        QuestionVersion,
        and_(QuestionVersion.version_id == Attempt.version_id, QuestionVersion.key == bindparam("question")),
    )
    .where(Attempt.id == bindparam("attempt"), Summons.person_id == bindparam("person"))
    .with_for_update(read=True, of=Attempt)
)


@dataclass(frozen=True)
class Asked:
    """One question of an open attempt, with the moments that decide whether an answer is taken."""

    submitted_at: datetime | None
    due_at: datetime
    question: Question


def question_for_answer(viewer: SignedIn, attempt_id: int, question_key: str) -> Asked:
    """A question of the viewer's own attempt, held against a hand-in at the same moment."""
    where = {"attempt": attempt_id, "person": viewer.person_id, "question": question_key}
    row = fetch(FOR_ANSWER, where).first()
    if row is None:
        raise NotFound()
    submitted_at, due_at, keys, key, *rest = row
    if key is None or question_key not in keys:
        raise BadInput(_("Câu hỏi này không thuộc lượt làm bài. Đồng chí tải lại trang."))
    return Asked(submitted_at, due_at, specification(key, *rest))


def questions_of(attempt: Attempt) -> list[Question]:
    """The questions of the attempt in its own order, exactly as published in its version."""
    rows = content.questions(attempt.version_id, attempt.question_keys)
    return [rows[key].specification() for key in attempt.question_keys]


def answers_of(attempt_id: int) -> dict[str, Answer]:
    return {row.question_key: row for row in db.session.scalars(select(Answer).where(Answer.attempt_id == attempt_id))}


def due_by(moment: datetime, limit: int) -> list[int]:
    """Open attempts whose time is over, the oldest first."""
    return list(
        db.session.scalars(
            select(Attempt.id)
            .where(Attempt.submitted_at.is_(None), Attempt.due_at < moment)
            .order_by(Attempt.due_at)
            .limit(limit)
        )
    )
