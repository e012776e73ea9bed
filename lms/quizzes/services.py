"""Starting an attempt, saving an answer, handing in. Each may be repeated, be late or run in parallel without harm."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from flask_babel import gettext as _
from sqlalchemy import Executable, select

from lms import audit
from lms.content import queries as content
from lms.content.rules import QuizPlan
from lms.db import db, dialect, fetch, transaction, upsert
from lms.drives.models import Summons
from lms.drives.queries import Place
from lms.drives.rules import refusal_to_study
from lms.errors import Refused
from lms.people.viewer import SignedIn
from lms.quizzes import queries, rules
from lms.quizzes.kinds import KINDS
from lms.quizzes.models import Answer, Attempt
from lms.vietnamese import day_of

BATCH = 100


def start_attempt(place: Place, *, at: datetime) -> Attempt:
    """Begin an attempt, or return the one that is open already: starting twice gives one attempt."""
    if refusal := refusal_to_study(place.opens_at, place.closes_at, at):
        raise Refused(refusal)
    plan = queries.plan_of(place.version_id)
    with transaction() as session:
        session.execute(select(Summons.id).where(Summons.id == place.summons_id).with_for_update())
        attempts = queries.attempts_at(place)
        open_one = next((attempt for attempt in attempts if attempt.submitted_at is None), None)
        if open_one is not None and rules.refusal_to_answer(None, open_one.due_at, at) is None:
            return open_one
        if open_one is not None:
            _close_overdue(open_one.id, at=at)
        refusal = rules.refusal_to_start(plan, len(attempts), has_open=False)
        if refusal is None:
            seed = secrets.randbits(31)
            keys = rules.draw(content.question_keys(place.version_id, day_of(at)), plan.questions, seed)
            if not keys:
                raise Refused(_("Các câu hỏi đang được cập nhật theo quy định mới. Đồng chí quay lại sau."))
            attempt = Attempt(
                summons_id=place.summons_id,
                module_id=place.module_id,
                version_id=place.version_id,
                number=len(attempts) + 1,
                seed=seed,
                question_keys=keys,
                started_at=at,
                due_at=rules.due_at(at, plan, place.closes_at),
            )
            session.add(attempt)
            session.flush()
            return attempt
    raise Refused(refusal)


@dataclass(frozen=True)
class Saved:
    """What now stands on the server; `is_newest` is False when a newer answer stood there already."""

    chosen: list[str]
    counter: int
    saved_at: datetime
    is_newest: bool


def save_answer(
    viewer: SignedIn, attempt_id: int, question_key: str, sent: Sequence[str], counter: int, *, at: datetime
) -> Saved:
    """Save one answer of the viewer's own attempt. Once this returns, the answer survives a loss of power.

    The client counts its saves; a save with a counter that is not higher changes nothing.
    """
    with transaction():
        asked = queries.question_for_answer(viewer, attempt_id, question_key)
        if refusal := rules.refusal_to_answer(asked.submitted_at, asked.due_at, at):
            raise Refused(refusal)
        chosen = list(KINDS[asked.question.kind].read(asked.question, sent))
        if _put(attempt_id, {question_key: chosen}, counter, at):
            return Saved(chosen, counter, at, is_newest=True)
        stands = db.session.get_one(Answer, (attempt_id, question_key), populate_existing=True)
        is_same = stands.counter == counter and list(stands.chosen) == chosen
        return Saved(list(stands.chosen), stands.counter, stands.saved_at, is_newest=is_same)


def _put(attempt_id: int, answers: Mapping[str, list[str]], counter: int, at: datetime) -> set[str]:
    """Write each answer unless a newer one stands there, all in one statement; return the questions written."""
    if not answers:
        return set()
    rows = [
        {"attempt_id": attempt_id, "question_key": key, "chosen": chosen, "counter": counter, "saved_at": at}
        for key, chosen in answers.items()
    ]
    return set(fetch(_saving(dialect()), rows).scalars())


@cache
def _saving(dialect: str) -> Executable:
    """The statement that saves answers, put together once a dialect: a late or repeated save loses by its counter."""
    table = Answer.__table__
    note = upsert(Answer)
    newer = note.on_conflict_do_update(
        index_elements=["attempt_id", "question_key"],
        set_={"chosen": note.excluded.chosen, "counter": note.excluded.counter, "saved_at": note.excluded.saved_at},
        where=table.c.counter < note.excluded.counter,
    )
    return newer.returning(table.c.question_key)


def hand_in(
    viewer: SignedIn, attempt_id: int, sent: Mapping[str, Sequence[str]], counter: int, *, at: datetime
) -> Attempt:
    """Hand in the viewer's own attempt with whatever the form carried; a second hand-in finds the first one's result.

    `sent` are the answers of a form without script, saved under `counter` like any other, so an older form never
    overwrites a newer answer.
    """
    sheet = queries.sheet_for(viewer, attempt_id)
    questions = {question.id: question for question in queries.questions_of(sheet.attempt)}
    read = {
        key: list(KINDS[questions[key].kind].read(questions[key], ids)) for key, ids in sent.items() if key in questions
    }
    with transaction():
        attempt = _locked(attempt_id)
        if attempt.submitted_at is not None:
            return attempt
        is_late = rules.refusal_to_answer(None, attempt.due_at, at) is not None
        if not is_late:
            _put(attempt_id, read, counter, at)
        _close(attempt, sheet.plan, at=attempt.due_at if is_late else at, by_timeout=is_late)
        audit.record(
            "hand_in_quiz", "attempt", attempt.id, by=viewer.person_id, at=at, after={"points": attempt.points}
        )
        return attempt


def save_all(
    viewer: SignedIn, attempt_id: int, sent: Mapping[str, Sequence[str]], counter: int, *, at: datetime
) -> None:
    """Save every answer of a form without script; empty ones take nothing away."""
    queries.sheet_for(viewer, attempt_id)
    for key, ids in sent.items():
        if ids:
            save_answer(viewer, attempt_id, key, ids, counter, at=at)


def _locked(attempt_id: int) -> Attempt:
    return db.session.get_one(Attempt, attempt_id, with_for_update=True, populate_existing=True)


def _close(attempt: Attempt, plan: QuizPlan, *, at: datetime, by_timeout: bool) -> None:
    """Mark the attempt from what is saved."""
    answers = {key: tuple(answer.chosen) for key, answer in queries.answers_of(attempt.id).items()}
    result = rules.mark(queries.questions_of(attempt), answers)
    attempt.submitted_at, attempt.by_timeout = at, by_timeout
    attempt.points, attempt.passed = round(float(result.points), 4), result.passes(plan)
    db.session.flush()


def close_due(*, at: datetime) -> int:
    """Hand in what is overdue, also when nobody comes back; run by the worker. A second run changes nothing."""
    closed = 0
    while ids := queries.due_by(at - rules.GRACE, BATCH):
        for attempt_id in ids:
            closed += _close_overdue(attempt_id, at=at)
    return closed


def _close_overdue(attempt_id: int, *, at: datetime) -> bool:
    """Hand in an attempt whose time is over, as of its due time; False when that has been done already."""
    with transaction():
        attempt = _locked(attempt_id)
        if attempt.submitted_at is not None:
            return False
        _close(attempt, queries.plan_of(attempt.version_id), at=attempt.due_at, by_timeout=True)
        audit.record("close_quiz", "attempt", attempt.id, by=None, at=at, after={"points": attempt.points})
        return True
