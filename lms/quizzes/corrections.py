"""Putting right the key of a question that was asked already: who it touches, marking anew, taking it back.

A correction counts for every hand-in from the moment it is made. Attempts handed in before are marked anew in portions,
each with its trace, its audit entry and its notice in one transaction; whoever continues after a crash starts behind
the last portion that held.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import joinedload

from lms import access, audit
from lms.access import Action
from lms.content.models import ModuleVersion, QuestionVersion
from lms.content.rules import Question
from lms.db import db, one_or_not_found, storable, transaction
from lms.drives.models import Drive, Summons
from lms.errors import Refused
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.quizzes import marking, queries, remarking
from lms.quizzes.marking import Correction, Corrections, Effect, Result
from lms.quizzes.models import Answer, Attempt, FormerMark, ItemStatistics, KeyCorrection
from lms.quizzes.remarking import (
    Mark,
    as_mark,
    facts_of,
    keep_former,
    mark_in_words,
    mark_of,
    tell_changed,
    tell_complete,
)
from lms.quizzes.rules import Rules

PORTION = 200
A_ROUND = 50
"""So many portions at most in one round of the worker: closing overdue attempts must not wait for it."""

EFFECT_NAMES = {
    Effect.KEY: lambda: _("Sửa đáp án đúng"),
    Effect.FULL: lambda: _("Cho mọi người trọn điểm câu này"),
    Effect.OUT: lambda: _("Không tính câu này"),
}

IN_FORCE = select(KeyCorrection.question_key, KeyCorrection.effect, KeyCorrection.right, KeyCorrection.further).where(
    KeyCorrection.undone_at.is_(None)
)


def standing(drive_id: int, version_id: int) -> Corrections:
    """What counts otherwise than published in this drive."""
    return _standing(KeyCorrection.drive_id == drive_id, KeyCorrection.version_id == version_id)


def standing_for(attempt: Attempt) -> Corrections:
    """The same for an attempt; no correction can be made or taken back until this hand-in has ended."""
    its_drive = select(Summons.drive_id).where(Summons.id == attempt.summons_id).scalar_subquery()
    db.session.execute(select(Drive.id).where(Drive.id == its_drive).with_for_update(read=True))
    return _standing(KeyCorrection.drive_id == its_drive, KeyCorrection.version_id == attempt.version_id)


def _standing(*scope: ColumnElement[bool]) -> Corrections:
    rows = db.session.execute(IN_FORCE.where(*scope))
    return {key: Correction(effect, tuple(right), tuple(further)) for key, effect, right, further in rows}


@dataclass(frozen=True)
class Subject:
    """The question that is looked at, with the quiz it belongs to and whatever counts at present."""

    drive: Drive
    version: ModuleVersion
    question: Question
    standing: Corrections

    @property
    def held(self) -> Rules:
        return _held(self.drive, self.version)


def _held(drive: Drive, version: ModuleVersion) -> Rules:
    """What holds for everybody at this quiz."""
    settings = queries.settings_of(drive.id, version.module_id)
    return queries.resolved(version.quiz or {}, settings, drive.opens_at, drive.closes_at)


def subject_of(drive: Drive, version_id: int, question_key: str) -> Subject:
    """A question of a version that somebody was asked in this drive; anything else is not found."""
    asked = (
        select(Attempt.id)
        .join(Summons, Summons.id == Attempt.summons_id)
        .where(Summons.drive_id == drive.id, Attempt.version_id == ModuleVersion.id)
        .exists()
    )
    version = one_or_not_found(
        select(ModuleVersion).where(ModuleVersion.id == version_id, ModuleVersion.quiz.is_not(None), asked)
    )
    row = one_or_not_found(
        select(QuestionVersion).where(QuestionVersion.version_id == version.id, QuestionVersion.key == question_key)
    )
    return Subject(drive, version, row.specification(), standing(drive.id, version.id))


class Change(NamedTuple):
    """An attempt whose mark becomes another one."""

    attempt_id: int
    name: str
    code: str
    number: int
    before: Mark
    after: Mark

    @property
    def turns(self) -> bool:
        return self.before[2] != self.after[2]


def dry_run(subject: Subject, correction: Correction) -> list[Change]:
    """Every attempt whose mark or pass state would change; nothing is written."""
    trial = {**subject.standing, subject.question.id: correction}
    questions = _questions(subject.version.id)
    held = subject.held
    found = []
    last = 0
    while rows := _handed_in(subject.drive.id, subject.version.id, after=last, with_names=True):
        last = rows[-1][0].id
        touched = [row for row in rows if subject.question.id in row[0].question_keys]
        given = _answers([attempt.id for attempt, *_rest in touched])
        for attempt, name, code in touched:
            result = marking.mark([questions[key] for key in attempt.question_keys], given.get(attempt.id, {}), trial)
            before, after = mark_of(attempt), as_mark(result, held)
            if before != after:
                found.append(Change(attempt.id, name, code, attempt.number, before, after))
    return found


def _questions(version_id: int) -> dict[str, Question]:
    rows = db.session.scalars(select(QuestionVersion).where(QuestionVersion.version_id == version_id))
    return {row.key: row.specification() for row in rows}


def _handed_in(
    drive_id: int, version_id: int, *, after: int, with_names: bool = False, locked: bool = False
) -> list[tuple[Attempt, str, str]]:
    statement = (
        select(Attempt, Person.full_name, Person.code)
        .join(Summons, Summons.id == Attempt.summons_id)
        .join(Person, Person.id == Summons.person_id)
        .where(
            Summons.drive_id == drive_id,
            Attempt.version_id == version_id,
            Attempt.submitted_at.is_not(None),
            Attempt.id > after,
        )
        .order_by(Attempt.id)
        .limit(PORTION)
        .execution_options(populate_existing=True)
    )
    if locked:
        statement = statement.with_for_update(of=Attempt)
    return [(attempt, name, code) for attempt, name, code in db.session.execute(statement)]


def _answers(attempt_ids: Sequence[int]) -> Mapping[int, Mapping[str, tuple[str, ...]]]:
    given: dict[int, dict[str, tuple[str, ...]]] = {}
    for attempt_id, key, chosen, by_hand in db.session.execute(
        select(Answer.attempt_id, Answer.question_key, Answer.chosen, Answer.by_hand).where(
            Answer.attempt_id.in_(attempt_ids)
        )
    ):
        given.setdefault(attempt_id, {})[key] = (*chosen, *(by_hand or ()))
    return given


def make(
    subject: Subject, correction: Correction, *, reason: str, token: str, by: SignedIn, at: datetime
) -> KeyCorrection:
    """Let a question count otherwise from now on; `settle` then marks anew. The same form sent twice makes one."""
    access.require(by, Action.ORGANISE_DRIVES, subject.drive.unit_id)
    if not reason:
        raise Refused(_("Đồng chí ghi lý do. Người được chấm lại đọc được lý do này."))
    if refusal := marking.refusal_of_correction(subject.question, correction):
        raise Refused(refusal)
    facts = {
        "drive_id": subject.drive.id,
        "version_id": subject.version.id,
        "question_key": subject.question.id,
        "effect": correction.effect,
        "right": list(correction.right),
        "further": list(correction.further),
    }
    with transaction() as session:
        _hold(subject.drive.id)
        known = session.scalars(select(KeyCorrection).where(KeyCorrection.form_token == token)).first()
        if known is not None:
            if known.made_by_id == by.person_id and {name: getattr(known, name) for name in facts} == facts:
                return known
            raise Refused(_("Mẫu này đã được lưu với nội dung khác. Đồng chí mở lại trang rồi làm lại."))
        if subject.question.id in standing(subject.drive.id, subject.version.id):
            raise Refused(_("Câu này đã được sửa rồi. Muốn sửa khác, đồng chí hủy lần sửa trước."))
        row = KeyCorrection(**facts, reason=reason, form_token=token, made_by_id=by.person_id, made_at=at)
        session.add(row)
        session.flush()
        after = {**facts, "effect": str(correction.effect)}
        audit.record("correct_key", "key_correction", row.id, by=by.person_id, at=at, after=after, reason=row.reason)
        return row


def undo(row: KeyCorrection, drive: Drive, *, because: str, by: SignedIn, at: datetime) -> None:
    """Let the question count as published again; `settle` then marks anew. Doing this twice changes nothing."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    if not because:
        raise Refused(_("Đồng chí ghi lý do hủy."))
    with transaction() as session:
        _hold(drive.id)
        session.refresh(row, with_for_update=True)
        if row.undone_at is not None:
            return
        row.undone_at, row.undone_because, row.undone_by_id = at, storable(because), by.person_id
        row.reached_id, row.changed, row.is_settled = 0, 0, False
        audit.record("undo_correction", "key_correction", row.id, by=by.person_id, at=at, reason=row.undone_because)


def _hold(drive_id: int) -> None:
    """Wait for the hand-ins that are being marked, and let the next ones wait for this decision."""
    db.session.execute(select(Drive.id).where(Drive.id == drive_id).with_for_update())


def settle(*, at: datetime, portions: int = A_ROUND) -> int:
    """Mark anew what corrections still touch; return how many attempts changed. A second run changes nothing."""
    changed = 0
    for row_id in db.session.scalars(
        select(KeyCorrection.id).where(~KeyCorrection.is_settled).order_by(KeyCorrection.id)
    ).all():
        while portions > 0:
            portions -= 1
            more, some = _settle_portion(row_id, at=at)
            changed += some
            if not more:
                break
    return changed


def _settle_portion(row_id: int, *, at: datetime) -> tuple[bool, int]:
    """One portion in one transaction; whether more is left, and how many attempts changed."""
    with transaction() as session:
        row = session.get_one(KeyCorrection, row_id, with_for_update=True, populate_existing=True)
        if row.is_settled:
            return False, 0
        rows = _handed_in(row.drive_id, row.version_id, after=row.reached_id, locked=True)
        if not rows:
            row.is_settled = True
            session.execute(
                delete(ItemStatistics).where(
                    ItemStatistics.drive_id == row.drive_id, ItemStatistics.version_id == row.version_id
                )
            )
            return False, 0
        held = _held(session.get_one(Drive, row.drive_id), row.version)
        changed = sum(_mark_anew(attempt, result, row, held, at=at) for attempt, result in _results(row, rows))
        row.reached_id = rows[-1][0].id
        row.changed += changed
        return True, changed


def _results(row: KeyCorrection, rows: Sequence[tuple[Attempt, str, str]]) -> Iterator[tuple[Attempt, Result]]:
    touched = [attempt for attempt, *_rest in rows if row.question_key in attempt.question_keys]
    questions, now = _questions(row.version_id), standing(row.drive_id, row.version_id)
    given = _answers([attempt.id for attempt in touched])
    for attempt in touched:
        asked = [questions[key] for key in attempt.question_keys]
        yield attempt, marking.mark(asked, given.get(attempt.id, {}), now)


def _mark_anew(attempt: Attempt, result: Result, row: KeyCorrection, held: Rules, *, at: datetime) -> bool:
    before, after = mark_of(attempt), as_mark(result, held)
    if before == after:
        return False
    is_undo = row.undone_at is not None
    why = (row.undone_because or "") if is_undo else row.reason
    remarking.put(attempt, result, held)
    by_id = row.undone_by_id if is_undo else row.made_by_id
    audit.record(
        "mark_anew", "attempt", attempt.id, by=by_id, at=at, before=facts_of(before), after=facts_of(after), reason=why
    )
    cause = f"correction/{row.id}/{'undo' if is_undo else 'made'}"
    if keep_former(attempt, before, correction_id=row.id, is_undo=is_undo, reason=why, at=at):
        text = _told(row, attempt, before, after, why, is_undo=is_undo)
        tell_changed(attempt, cause, text, row.version.title, held, at=at)
    elif attempt.passed is not None:
        tell_complete(attempt, row.version.title, held, at=at)
    return True


def _told(row: KeyCorrection, attempt: Attempt, before: Mark, after: Mark, why: str, *, is_undo: bool) -> str:
    words = {
        "title": row.version.title,
        "n": attempt.number,
        "before": mark_in_words(before),
        "after": mark_in_words(after),
        "why": why,
    }
    if is_undo:
        return _(
            "Bài kiểm tra “%(title)s”, lượt %(n)s, được tính lại vì một lần sửa đáp án đã hủy: từ %(before)s thành "
            "%(after)s. Lý do: %(why)s",
            **words,
        )
    return _(
        "Bài kiểm tra “%(title)s”, lượt %(n)s, được chấm lại vì một câu hỏi có sai sót: từ %(before)s thành "
        "%(after)s. Lý do: %(why)s",
        **words,
    )


def of_drive(drive_id: int, *, after: int, size: int) -> Sequence[KeyCorrection]:
    """The corrections of a drive, the newest in front."""
    return db.session.scalars(
        select(KeyCorrection)
        .options(joinedload(KeyCorrection.version), joinedload(KeyCorrection.made_by))
        .where(KeyCorrection.drive_id == drive_id)
        .order_by(KeyCorrection.id.desc())
        .offset(after)
        .limit(size)
    ).all()


def correction_of(drive_id: int, correction_id: int) -> KeyCorrection:
    return one_or_not_found(
        select(KeyCorrection).where(KeyCorrection.id == correction_id, KeyCorrection.drive_id == drive_id)
    )


def told_of(attempt: Attempt) -> tuple[Corrections, list[FormerMark]]:
    """What counts otherwise than published for an attempt, and the marks it had before, the oldest first: one query."""
    in_its_drive = and_(
        KeyCorrection.drive_id == Summons.drive_id,
        KeyCorrection.version_id == Attempt.version_id,
        KeyCorrection.undone_at.is_(None),
    )
    rows = db.session.execute(
        select(KeyCorrection, FormerMark)
        .select_from(Attempt)
        .join(Summons, Summons.id == Attempt.summons_id)
        .outerjoin(KeyCorrection, in_its_drive)
        .outerjoin(FormerMark, FormerMark.attempt_id == Attempt.id)
        .where(Attempt.id == attempt.id)
        .order_by(FormerMark.id)
    ).all()
    in_force = {row.question_key: row.correction() for row, _former in rows if row is not None}
    return in_force, list(dict.fromkeys(former for _row, former in rows if former is not None))
