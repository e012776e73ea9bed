"""Feedback at once: a learner has an answer checked while the attempt runs, and from then on it stays as it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _

from lms.db import db, transaction
from lms.errors import Refused
from lms.people.viewer import SignedIn
from lms.quizzes import queries, rules, services
from lms.quizzes.kinds import KINDS
from lms.quizzes.models import Answer
from lms.quizzes.services import UNKNOWN, Origin
from lms.quizzes.timeline import Event


def checked_of(answers: Mapping[str, Answer]) -> set[str]:
    """The questions that are checked."""
    return {key for key, answer in answers.items() if answer.checked_at is not None}


def check(
    viewer: SignedIn,
    attempt_id: int,
    question_key: str,
    sent: Sequence[str],
    counter: int,
    *,
    at: datetime,
    origin: Origin = UNKNOWN,
) -> None:
    """Save the answer that the learner sees and check it; no later answer takes its place. Again changes nothing.

    Where another window or device has answered anew meanwhile, nothing is checked: nobody checks what they do not see.
    """
    sheet = queries.sheet_for(viewer, attempt_id)
    if not rules.review_at_once(sheet.rules).shows_something:
        raise Refused(_("Bài kiểm tra này không cho xem đáp án khi đang làm."))
    with transaction() as session:
        asked = queries.question_for_answer(viewer, attempt_id, question_key)
        if refusal := rules.refusal_to_answer(asked.state.submitted_at, asked.state.due_at, at, asked.state.grace):
            raise Refused(refusal)
        row = session.get(Answer, (attempt_id, question_key), with_for_update=True, populate_existing=True)
        if row is not None and row.checked_at is not None:
            return
        chosen = list(KINDS[asked.question.kind].read(asked.question, sent))
        if not chosen:
            raise Refused(_("Đồng chí trả lời câu này rồi bấm kiểm tra."))
        if row is None or list(row.chosen) != chosen:
            saved = services.save_answer(viewer, attempt_id, question_key, chosen, counter, at=at, origin=origin)
            if not saved.is_newest:
                raise Refused(_("Câu này vừa được trả lời ở nơi khác. Đồng chí xem câu trả lời mới nhất rồi kiểm tra."))
            row = db.session.get_one(Answer, (attempt_id, question_key), populate_existing=True)
        row.checked_at = at
        services.note(
            Event.CHECK, attempt_id, at, origin, question_key=question_key, chosen=chosen, counter=row.counter
        )
