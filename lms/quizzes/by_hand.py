"""Marking answers that only a person can: what waits, one answer after another, and marking again.

Markers see the words and never whose they are. What is given is a new row each time; the last one counts. An attempt is
complete, and its learner told, once nothing of it waits any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, delete, func, null, or_, select
from sqlalchemy.orm import joinedload

from lms import access, audit, clock
from lms.access import ROLES_FOR, Action
from lms.content.models import ModuleVersion, QuestionVersion
from lms.content.rules import Question
from lms.db import db, json_length, storable, transaction
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.people.viewer import SignedIn
from lms.quizzes import queries, remarking, services
from lms.quizzes.kinds import free_text
from lms.quizzes.marking import Effect
from lms.quizzes.models import Answer, Attempt, HandMark, ItemStatistics, KeyCorrection
from lms.units import queries as units

AROUND = 10_007
"""A prime; by it everybody begins somewhere else in the same round, so that two markers seldom hold the same answer."""


def markable_by(viewer: SignedIn) -> ColumnElement[bool]:
    """The summonses whose answers this viewer may mark: of people counted under their units, never their own."""
    roots = viewer.unit_ids(ROLES_FOR[Action.MARK_ANSWERS])
    return and_(units.within(Summons.unit_id, roots, clock.today()), Summons.person_id != viewer.person_id)


@dataclass(frozen=True)
class Stack:
    """The answers to one question that a viewer may mark: how many wait, and how many are marked."""

    drive: Drive
    version: ModuleVersion
    question: Question
    waiting: int
    marked: int


def _answers(viewer: SignedIn) -> Select[Answer, Attempt]:
    """Everything a person can mark, waiting or marked; a question that counts without marking is left out."""
    counts_anyway = (
        select(KeyCorrection.id)
        .where(
            KeyCorrection.drive_id == Summons.drive_id,
            KeyCorrection.version_id == Attempt.version_id,
            KeyCorrection.question_key == Answer.question_key,
            KeyCorrection.undone_at.is_(None),
            KeyCorrection.effect.in_([Effect.FULL, Effect.OUT]),
        )
        .exists()
    )
    of_question = and_(QuestionVersion.version_id == Attempt.version_id, QuestionVersion.key == Answer.question_key)
    return (
        select(Answer, Attempt)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Summons, Summons.id == Attempt.summons_id)
        .join(QuestionVersion, of_question)
        .where(
            QuestionVersion.kind == "free_text",
            Attempt.submitted_at.is_not(None),
            json_length(Answer.chosen) > 0,
            ~counts_anyway,
            markable_by(viewer),
        )
    )


WAITS = and_(Attempt.passed.is_(None), Answer.by_hand.is_(null()))


def stacks(viewer: SignedIn) -> list[Stack]:
    """A line for every question with answers that wait or are marked, those with the most waiting first."""
    counts: dict[tuple[int, int], list[int]] = {}
    by_question = (Summons.drive_id, QuestionVersion.id)
    for at, which in enumerate((WAITS, Answer.by_hand.is_not(null()))):
        grouped = _answers(viewer).where(which).with_only_columns(*by_question, func.count()).group_by(*by_question)
        for drive_id, question_id, n in db.session.execute(grouped):
            counts.setdefault((drive_id, question_id), [0, 0])[at] = n
    drives = _by_id(Drive, {drive for drive, _question in counts})
    questions = _by_id(QuestionVersion, {question for _drive, question in counts})
    versions = _by_id(ModuleVersion, {one.version_id for one in questions.values()})
    found = [
        Stack(drives[drive], versions[questions[id].version_id], questions[id].specification(), waiting, marked)
        for (drive, id), (waiting, marked) in counts.items()
    ]
    return sorted(found, key=lambda stack: (-stack.waiting, -stack.drive.id, stack.version.id, stack.question.id))


Row = TypeVar("Row", Drive, ModuleVersion, QuestionVersion)


def _by_id(table: type[Row], ids: set[int]) -> dict[int, Row]:
    return {row.id: row for row in db.session.scalars(select(table).where(table.id.in_(ids)))}


def _of_question(viewer: SignedIn, drive_code: str, version_id: int, key: str) -> Select[Answer, Attempt]:
    return (
        _answers(viewer)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(Drive.code == drive_code, Attempt.version_id == version_id, Answer.question_key == key)
    )


def next_waiting(viewer: SignedIn, drive_code: str, version_id: int, key: str, *, after: int = 0) -> int | None:
    """The attempt whose answer this viewer marks next, going around behind the one they put aside; None at the end."""
    place, start = (Attempt.id * 31 + viewer.person_id * 977) % AROUND, (after * 31 + viewer.person_id * 977) % AROUND
    waiting = (
        _of_question(viewer, drive_code, version_id, key)
        .with_only_columns(Attempt.id)
        .where(WAITS)
        .order_by(place, Attempt.id)
        .limit(1)
    )
    behind = waiting.where(or_(place > start, and_(place == start, Attempt.id > after)))
    return db.session.scalar(behind) or db.session.scalar(waiting)


def marked_of(
    viewer: SignedIn, drive_code: str, version_id: int, key: str, *, after: int, size: int
) -> Sequence[HandMark]:
    """The marks that count for the answers to a question, the newest first."""
    answers = _of_question(viewer, drive_code, version_id, key).where(~WAITS).with_only_columns(Answer.attempt_id)
    last = select(func.max(HandMark.id)).where(HandMark.question_key == key, HandMark.attempt_id.in_(answers))
    return db.session.scalars(
        select(HandMark)
        .options(joinedload(HandMark.made_by))
        .where(HandMark.id.in_(last.group_by(HandMark.attempt_id)))
        .order_by(HandMark.id.desc())
        .offset(after)
        .limit(size)
    ).all()


@dataclass(frozen=True)
class Paper:
    """One answer on a marker's desk, with the marks that it had so far, the oldest first."""

    drive: Drive
    version: ModuleVersion
    question: Question
    attempt: Attempt
    answer: Answer
    unit_id: int
    marks: list[HandMark]

    @property
    def last(self) -> HandMark | None:
        return self.marks[-1] if self.marks else None

    @property
    def is_marked(self) -> bool:
        return self.answer.by_hand is not None


def paper_for(viewer: SignedIn, attempt_id: int, key: str) -> Paper:
    """An answer that this viewer may mark; anything else is not found."""
    statement = _answers(viewer).add_columns(Drive, ModuleVersion, QuestionVersion, Summons.unit_id)
    row = db.session.execute(
        statement.join(Drive, Drive.id == Summons.drive_id)
        .join(ModuleVersion, ModuleVersion.id == Attempt.version_id)
        .where(Attempt.id == attempt_id, Answer.question_key == key)
    ).first()
    if row is None:
        raise NotFound()
    answer, attempt, drive, version, question, unit_id = row
    return Paper(drive, version, question.specification(), attempt, answer, unit_id, marks_of(attempt_id, key))


def marks_by_question(attempt_id: int) -> dict[str, list[HandMark]]:
    """Every mark that a person gave in an attempt, the oldest first."""
    rows = db.session.scalars(
        select(HandMark)
        .options(joinedload(HandMark.made_by))
        .where(HandMark.attempt_id == attempt_id)
        .order_by(HandMark.id)
    )
    found: dict[str, list[HandMark]] = {}
    for row in rows:
        found.setdefault(row.question_key, []).append(row)
    return found


def marks_of(attempt_id: int, key: str) -> list[HandMark]:
    """Every mark that an answer had, the oldest first."""
    return list(
        db.session.scalars(
            select(HandMark)
            .options(joinedload(HandMark.made_by))
            .where(HandMark.attempt_id == attempt_id, HandMark.question_key == key)
            .order_by(HandMark.id)
        )
    )


def mark(
    paper: Paper,
    points: Mapping[str, str],
    *,
    note: str,
    reason: str,
    seen: int,
    by: SignedIn,
    at: datetime,
) -> HandMark:
    """Give an answer its points. `seen` is the last mark that the marker's page knew of, 0 for none.

    Marking again needs a reason and keeps the former mark. The same form sent twice makes one mark; where somebody else
    was faster nothing is written.
    """
    access.require(by, Action.MARK_ANSWERS, paper.unit_id)
    given = free_text.points_of(paper.question, points)
    if given is None:
        raise Refused(_("Đồng chí cho điểm từng ý rồi lưu."))
    with transaction() as session:
        attempt = services.locked(paper.attempt.id)
        answer = session.get_one(Answer, (attempt.id, paper.question.id), populate_existing=True)
        last = next(reversed(marks_of(attempt.id, paper.question.id)), None)
        if last is not None and last.id != seen:
            if (last.made_by_id, last.points, last.note) == (by.person_id, given, storable(note)):
                return last
            raise Refused(
                _(
                    "%(name)s vừa chấm câu trả lời này, nên điểm đồng chí cho chưa được lưu.",
                    name=last.made_by.full_name,
                )
            )
        if answer.counter != paper.answer.counter:
            raise Refused(_("Người học vừa gửi câu trả lời mới hơn. Đồng chí đọc lại rồi chấm."))
        if answer.by_hand is not None and not reason:
            raise Refused(_("Đồng chí ghi lý do chấm lại. Người học đọc được lý do này."))
        row = HandMark(
            attempt_id=attempt.id,
            question_key=paper.question.id,
            counter=answer.counter,
            points=given,
            note=note,
            reason=reason if answer.by_hand is not None else None,
            made_by_id=by.person_id,
            made_at=at,
        )
        session.add(row)
        before = remarking.mark_of(attempt)
        answer.by_hand = [*given, *([f"={storable(note)}"] if note else [])]
        session.flush()
        _count(attempt, row, before, paper, by=by, at=at)
        return row


def _count(
    attempt: Attempt, row: HandMark, before: remarking.Mark, paper: Paper, *, by: SignedIn, at: datetime
) -> None:
    """Let a new mark count in its attempt, and tell whoever is concerned."""
    held = queries.rules_of(attempt)
    services.mark_attempt(attempt, held)
    after = remarking.mark_of(attempt)
    audit.record(
        "mark_answer",
        "attempt",
        attempt.id,
        by=by.person_id,
        at=at,
        before=remarking.facts_of(before),
        after={**remarking.facts_of(after), "question": row.question_key, "given": row.points},
        reason=row.reason,
    )
    if before[2] is None and after[2] is not None:
        remarking.tell_complete(attempt, paper.version.title, held, at=at)
    elif before != after and remarking.keep_former(
        attempt, before, hand_mark_id=row.id, reason=row.reason or "", at=at
    ):
        words = {
            "title": paper.version.title,
            "n": attempt.number,
            "before": remarking.mark_in_words(before),
            "after": remarking.mark_in_words(after),
            "why": row.reason,
        }
        told = _(
            "Bài kiểm tra “%(title)s”, lượt %(n)s, có câu được chấm lại: từ %(before)s thành %(after)s. Lý do: %(why)s",
            **words,
        )
        remarking.tell_changed(attempt, f"marked-again/{row.id}", told, paper.version.title, held, at=at)
        db.session.execute(
            delete(ItemStatistics).where(
                ItemStatistics.drive_id == paper.drive.id, ItemStatistics.version_id == paper.version.id
            )
        )
