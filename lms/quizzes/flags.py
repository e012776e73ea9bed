"""Questions that a learner wants to come back to before handing in; they count for nothing else."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from lms.db import db, fetch, transaction, upsert
from lms.errors import Refused
from lms.people.viewer import SignedIn
from lms.quizzes import queries, rules
from lms.quizzes.models import QuestionFlag


def flagged_in(attempt_id: int) -> set[str]:
    """The keys of the questions that are flagged."""
    return set(
        db.session.scalars(
            select(QuestionFlag.question_key).where(QuestionFlag.attempt_id == attempt_id, QuestionFlag.is_on)
        )
    )


def flag(viewer: SignedIn, attempt_id: int, question_key: str, *, is_on: bool, counter: int, at: datetime) -> bool:
    """Flag a question of the viewer's own running attempt, or take the flag away; return whether it now has one.

    Saved like an answer: a repeated or late request loses by its counter.
    """
    with transaction():
        asked = queries.question_for_answer(viewer, attempt_id, question_key)
        if rules.refusal_to_answer(asked.state.submitted_at, asked.state.due_at, at, asked.state.grace):
            raise Refused(_("Lượt làm này đã hết giờ hoặc đã nộp, không đánh dấu được nữa."))
        note = upsert(QuestionFlag)
        newer = note.on_conflict_do_update(
            index_elements=["attempt_id", "question_key"],
            set_={"is_on": note.excluded.is_on, "counter": note.excluded.counter},
            where=QuestionFlag.counter < note.excluded.counter,
        )
        row = {"attempt_id": attempt_id, "question_key": question_key, "is_on": is_on, "counter": counter}
        if fetch(newer.returning(QuestionFlag.is_on), row).first() is not None:
            return is_on
        stands = db.session.get_one(QuestionFlag, (attempt_id, question_key), populate_existing=True)
        return stands.is_on
