"""Starting an attempt, saving an answer, handing in; and giving somebody more than the rules do.

Each may be repeated, be late or run in parallel without harm.
"""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Executable, and_, insert, select, update

from lms import access, audit
from lms.access import Action
from lms.content import queries as content
from lms.content.rules import Question
from lms.db import FOREVER, db, dialect, fetch, one_or_not_found, storable, transaction, upsert
from lms.drives.models import Drive, Summons, VenuePoint
from lms.drives.queries import Place
from lms.drives.rules import refusal_to_study
from lms.drives.services import point_assigned
from lms.errors import NotFound, Refused
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.quizzes import assembling, corrections, lateness, marking, queries, remarking, rules
from lms.quizzes.kinds import KINDS
from lms.quizzes.lateness import Claim
from lms.quizzes.models import Allowance, Answer, Attempt, AttemptEvent, QuizException, QuizSettings
from lms.quizzes.rules import Extra, Rules
from lms.quizzes.timeline import Event
from lms.units.models import Unit
from lms.vietnamese import day_of

log = logging.getLogger("lms.tampering")

BATCH = 100


@dataclass(frozen=True)
class Origin:
    """Where a request came from: the sign-in on a device, and the address."""

    sign_in_id: int | None = None
    address: str | None = None


UNKNOWN = Origin()
EVENT = insert(AttemptEvent.__table__)  # type: ignore[arg-type]


def _note(kind: Event, attempt_id: int, at: datetime, origin: Origin = UNKNOWN, **more: Any) -> dict[str, Any]:
    """A row for the timeline of an attempt."""
    blank = dict.fromkeys(("question_key", "chosen", "counter", "tick_at", "written_at", "note"))
    where = {"sign_in_id": origin.sign_in_id, "address": origin.address}
    return {"kind": kind, "attempt_id": attempt_id, "at": at} | blank | where | more


def note(kind: Event, attempt_id: int, at: datetime, origin: Origin, **more: Any) -> None:
    """Add a row to the timeline of an attempt."""
    fetch(EVENT, _note(kind, attempt_id, at, origin, **more))


def start_attempt(place: Place, *, at: datetime, origin: Origin = UNKNOWN) -> Attempt:
    """Begin an attempt, or return the one that is open already: starting twice gives one attempt."""
    plan, everybodys = queries.rules_at(place)
    with transaction() as session:
        session.execute(select(Summons.id).where(Summons.id == place.summons_id).with_for_update())
        attempts = queries.attempts_at(place)
        open_one = next((attempt for attempt in attempts if attempt.submitted_at is None), None)
        if open_one is not None and rules.refusal_to_answer(None, open_one.due_at, at, open_one.grace) is None:
            return open_one
        held = queries.terms_at(place, everybodys, day_of(at))
        if refusal := refusal_to_study(place.opens_at, max(place.closes_at, held.closes_at), at):
            raise Refused(refusal)
        if open_one is not None:
            _close_overdue(open_one.id, at=at)
        waits = rules.waits_until(everybodys.wait_minutes, attempts[-1].submitted_at if attempts else None)
        refusal = rules.refusal_to_start(held, len(attempts), has_open=False)
        refusal = refusal or rules.refusal_to_wait(everybodys, held.closes_at, waits, at)
        if refusal is None:
            seed = secrets.randbits(31)
            bank = content.bank(place.version_id, day_of(at))
            paper = assembling.assemble(plan, bank, seed, shuffle=everybodys.shuffle)
            if not paper.keys:
                raise Refused(_("Các câu hỏi đang được cập nhật theo quy định mới. Đồng chí quay lại sau."))
            attempt = Attempt(
                summons_id=place.summons_id,
                module_id=place.module_id,
                version_id=place.version_id,
                number=len(attempts) + 1,
                seed=seed,
                question_keys=paper.keys,
                sections=[list(section) for section in paper.sections],
                is_shuffled=everybodys.shuffle,
                grace_seconds=everybodys.grace_seconds,
                started_at=at,
                due_at=rules.due_at(at, held),
            )
            session.add(attempt)
            session.flush()
            _open_earlier(attempts, at, origin)
            fetch(EVENT, _note(Event.START, attempt.id, at, origin))
            return attempt
    raise Refused(refusal)


def _open_earlier(attempts: Sequence[Attempt], at: datetime, origin: Origin) -> None:
    """End the time for late answers to what was closed by the clock: a new attempt may show what to answer there."""
    for earlier in attempts:
        if earlier.by_timeout and earlier.opened_at is None:
            locked(earlier.id).opened_at = at
            fetch(EVENT, _note(Event.OPEN, earlier.id, at, origin))


@dataclass(frozen=True)
class Saved:
    """What now stands on the server; `is_newest` is False when a newer answer stood there already, or one that is
    checked and stays."""

    chosen: list[str]
    counter: int
    saved_at: datetime
    is_newest: bool
    is_checked: bool = False


def save_answer(
    viewer: SignedIn,
    attempt_id: int,
    question_key: str,
    sent: Sequence[str],
    counter: int,
    *,
    at: datetime,
    claim: Claim | None = None,
    origin: Origin = UNKNOWN,
) -> Saved:
    """Save one answer of the viewer's own attempt. Once this returns, the answer survives a loss of power.

    The client counts its saves; a save with a counter that is not higher changes nothing. By the server's clock a late
    answer counts only if its claim shows that it was written in time (`ticks`).
    """
    try:
        with transaction():
            asked = queries.question_for_answer(viewer, attempt_id, question_key)
            refusal = rules.refusal_to_answer(asked.state.submitted_at, asked.state.due_at, at, asked.state.grace)
            if refusal is None:
                chosen = list(KINDS[asked.question.kind].read(asked.question, sent))
                if _put(attempt_id, {question_key: chosen}, counter, at, origin):
                    return Saved(chosen, counter, at, is_newest=True)
                return _standing(attempt_id, question_key, chosen, counter)
    except queries.NotAsked as error:
        _smells(attempt_id, counter, None, error.sentence, at=at, origin=origin)
        raise
    if claim is None:
        raise Refused(refusal)
    if fault := lateness.tampering(attempt_id, viewer.person_id, asked.state.started_at, claim, at):
        _smells(attempt_id, counter, question_key, fault, at=at, origin=origin)
        raise Refused(_("%(fault)s Câu trả lời không được tính.", fault=fault))
    return _save_late(attempt_id, asked, sent, counter, claim, at=at, origin=origin)


def _standing(attempt_id: int, question_key: str, chosen: list[str], counter: int) -> Saved:
    """The answer that was there first."""
    stands = db.session.get_one(Answer, (attempt_id, question_key), populate_existing=True)
    is_same = stands.counter == counter and list(stands.chosen) == chosen
    is_checked = stands.checked_at is not None
    return Saved(list(stands.chosen), stands.counter, stands.saved_at, is_newest=is_same, is_checked=is_checked)


def _smells(attempt_id: int, counter: int, key: str | None, fault: str, *, at: datetime, origin: Origin) -> None:
    """Write down what no page of ours sends: in the log, and on the timeline for a person to judge."""
    log.warning("attempt %s, sign-in %s, %s: %s", attempt_id, origin.sign_in_id, origin.address, fault)
    with transaction():
        fetch(EVENT, _note(Event.REFUSED, attempt_id, at, origin, question_key=key, counter=counter, note=fault))


def _save_late(
    attempt_id: int,
    asked: queries.Asked,
    sent: Sequence[str],
    counter: int,
    claim: Claim,
    *,
    at: datetime,
    origin: Origin,
) -> Saved:
    """Take an answer that was written in time and arrives after the end; mark again what was closed without it."""
    chosen, key = list(KINDS[asked.question.kind].read(asked.question, sent)), asked.question.id
    with transaction():
        attempt = locked(attempt_id)
        if refusal := lateness.refusal_of_late(attempt.state(), claim, at):
            raise Refused(refusal)
        if not _put(attempt_id, {key: chosen}, counter, at, origin, claim):
            return _standing(attempt_id, key, chosen, counter)
        if attempt.submitted_at is not None:
            before = {"points": attempt.points, "passed": attempt.passed}
            mark_attempt(attempt, queries.rules_of(attempt))
            after = {"points": attempt.points, "passed": attempt.passed, "question": key}
            audit.record("late_answer", "attempt", attempt_id, by=None, at=at, before=before, after=after)
        return Saved(chosen, counter, at, is_newest=True)


def _put(
    attempt_id: int,
    answers: Mapping[str, list[str]],
    counter: int,
    at: datetime,
    origin: Origin,
    claim: Claim | None = None,
) -> set[str]:
    """Write each answer unless a newer one stands there, all in one statement; return the questions written."""
    if not answers:
        return set()
    rows = [
        {
            "attempt_id": attempt_id,
            "question_key": key,
            "chosen": chosen,
            "by_hand": None,
            "counter": counter,
            "saved_at": at,
        }
        for key, chosen in answers.items()
    ]
    written = set(fetch(_saving(dialect()), rows).scalars())
    if written:
        kind = Event.LATE if claim else Event.SAVE
        proof = {"tick_at": claim.tick.at, "written_at": claim.written_at} if claim and claim.tick else {}
        fetch(
            EVENT,
            [
                _note(kind, attempt_id, at, origin, question_key=key, chosen=answers[key], counter=counter, **proof)
                for key in answers
                if key in written
            ],
        )
    return written


@cache
def _saving(dialect: str) -> Executable:
    """The statement that saves answers, put together once a dialect.

    A late or repeated save loses by its counter, and none takes the place of an answer that is checked.
    """
    table = Answer.__table__
    note = upsert(Answer)
    newer = note.on_conflict_do_update(
        index_elements=["attempt_id", "question_key"],
        set_={name: note.excluded[name] for name in ("chosen", "by_hand", "counter", "saved_at")},
        where=and_(table.c.counter < note.excluded.counter, table.c.checked_at.is_(None)),
    )
    return newer.returning(table.c.question_key)


def hand_in(
    viewer: SignedIn,
    attempt_id: int,
    sent: Mapping[str, Sequence[str]],
    counter: int,
    *,
    at: datetime,
    origin: Origin = UNKNOWN,
) -> Attempt:
    """Hand in the viewer's own attempt with whatever the form carried; a second hand-in finds the first one's result.

    `sent` are the answers of a form without script, saved under `counter` like any other, so an older form never
    overwrites a newer answer. Whoever hands in sees the result, and so no late answer is taken any more.
    """
    sheet = queries.sheet_for(viewer, attempt_id)
    questions = _asked_in(sheet.attempt)
    read = {
        key: list(KINDS[questions[key].kind].read(questions[key], ids)) for key, ids in sent.items() if key in questions
    }
    with transaction():
        attempt = locked(attempt_id)
        if attempt.submitted_at is not None:
            if attempt.opened_at is None:
                attempt.opened_at = at
                fetch(EVENT, _note(Event.OPEN, attempt_id, at, origin))
            return attempt
        is_late = rules.refusal_to_answer(None, attempt.due_at, at, attempt.grace) is not None
        if not is_late:
            _put(attempt_id, read, counter, at, origin)
        attempt.opened_at = at
        _close(attempt, sheet.rules, at=attempt.due_at if is_late else at, by_timeout=is_late)
        fetch(EVENT, _note(Event.HAND_IN, attempt_id, at, origin))
        audit.record(
            "hand_in_quiz", "attempt", attempt.id, by=viewer.person_id, at=at, after={"points": attempt.points}
        )
        return attempt


def save_all(
    viewer: SignedIn,
    attempt_id: int,
    sent: Mapping[str, Sequence[str]],
    counter: int,
    *,
    at: datetime,
    origin: Origin = UNKNOWN,
) -> None:
    """Save what a form without script changes; empty answers take nothing away."""
    questions, standing = _asked_in(queries.sheet_for(viewer, attempt_id).attempt), queries.answers_of(attempt_id)
    for key, ids in sent.items():
        read = list(KINDS[questions[key].kind].read(questions[key], ids)) if key in questions else None
        if read is None or (read and not (key in standing and standing[key].chosen == read)):
            save_answer(viewer, attempt_id, key, ids, counter, at=at, origin=origin)


def _asked_in(attempt: Attempt) -> dict[str, Question]:
    return {question.id: question for question in queries.questions_of(attempt)}


def locked(attempt_id: int) -> Attempt:
    """The attempt, held until the transaction ends."""
    return db.session.get_one(Attempt, attempt_id, with_for_update=True, populate_existing=True)


def _close(attempt: Attempt, held: Rules, *, at: datetime, by_timeout: bool) -> None:
    """End the attempt and mark it."""
    attempt.submitted_at, attempt.by_timeout = at, by_timeout
    mark_attempt(attempt, held)


def mark_attempt(attempt: Attempt, held: Rules) -> None:
    """Mark the attempt from what is saved."""
    answers = queries.given(queries.answers_of(attempt.id))
    standing = corrections.standing_for(attempt)
    remarking.put(attempt, marking.mark(queries.questions_of(attempt), answers, standing), held)
    db.session.flush()


def close_due(*, at: datetime) -> int:
    """Hand in what is overdue, also when nobody comes back; run by the worker. A second run changes nothing."""
    closed = 0
    while ids := queries.due_by(at, BATCH):
        for attempt_id in ids:
            closed += _close_overdue(attempt_id, at=at)
    return closed


def _close_overdue(attempt_id: int, *, at: datetime) -> bool:
    """Hand in an attempt whose time is over, as of its due time; False when that has been done already."""
    with transaction():
        attempt = locked(attempt_id)
        if attempt.submitted_at is not None:
            return False
        _close(attempt, queries.rules_of(attempt), at=attempt.due_at, by_timeout=True)
        fetch(EVENT, _note(Event.CLOSE, attempt_id, at))
        audit.record("close_quiz", "attempt", attempt.id, by=None, at=at, after={"points": attempt.points})
        return True


def forget_addresses(days: int, *, at: datetime) -> int:
    """Forget the addresses of what happened longer ago than this; run by the worker."""
    with transaction() as session:
        old = update(AttemptEvent).where(AttemptEvent.at < at - timedelta(days=days), AttemptEvent.address.is_not(None))
        return session.execute(old.values(address=None)).rowcount  # type: ignore[attr-defined]


def note_look(attempt: Attempt, *, by: SignedIn, at: datetime) -> None:
    """Write down who looked into somebody's attempt."""
    audit.record("see_timeline", "attempt", attempt.id, by=by.person_id, at=at)


@dataclass(frozen=True)
class Gift:
    """An exception as it is asked for: to a person, a unit or a point, at one module's quiz or at all of the drive."""

    extra: Extra
    person: Person | None = None
    unit: Unit | None = None
    module_id: int | None = None
    point: VenuePoint | None = None

    def scope(self, drive: Drive, day: date) -> ColumnElement[bool]:
        return queries.reached(
            drive.id,
            self.person.id if self.person else None,
            self.unit.id if self.unit else None,
            day,
            self.point.id if self.point else None,
        )


def refuse_exception(drive: Drive, gift: Gift, *, by: SignedIn, at: datetime) -> None:
    """Raise the refusal of an exception that cannot be made, before anything is written."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    if [gift.person, gift.unit, gift.point].count(None) != 2:
        raise Refused(_("Đồng chí ghi mã cán bộ, mã đơn vị hoặc chọn điểm cầu, chỉ một trong ba."))
    if gift.point is not None and gift.point.drive_id != drive.id:
        raise NotFound()
    if refusal := rules.refusal_of_extra(gift.extra, _closes_first(drive, gift.module_id), at):
        raise Refused(refusal)
    quizzes = {version.module_id for version in queries.quizzes_of(drive.id)}
    if not quizzes or gift.module_id not in {None, *quizzes}:
        raise Refused(_("Đợt học tập không có bài kiểm tra này. Đồng chí chọn lại chuyên đề."))
    scope = gift.scope(drive, day_of(at))
    reaches = queries.count_reached(scope)
    if not reaches:
        raise Refused(_("Không có ai trong danh sách triệu tập được hưởng ngoại lệ này."))
    if reaches == queries.count_reached(and_(scope, Summons.person_id == by.person_id)):
        raise Refused(_("Đồng chí không tự cho mình ngoại lệ. Đồng chí nhờ một người khác trong Ban tổ chức."))


def _closes_first(drive: Drive, module_id: int | None) -> datetime:
    """When the first of the quizzes that an exception is about closes for everybody."""
    ends = [row.closes_at for row in queries.all_settings(drive.id).values() if module_id in (None, row.module_id)]
    return min([drive.closes_at, *(end for end in ends if end)])


def make_exception(drive: Drive, gift: Gift, *, token: str, by: SignedIn, at: datetime) -> QuizException:
    """Give more than the rules do, also to attempts that are running. The same form sent twice makes one exception."""
    refuse_exception(drive, gift, by=by, at=at)
    facts = {
        "drive_id": drive.id,
        "module_id": gift.module_id,
        "person_id": gift.person.id if gift.person else None,
        "unit_id": gift.unit.id if gift.unit else None,
        "point_id": gift.point.id if gift.point else None,
        "extra_minutes": gift.extra.minutes,
        "extra_attempts": gift.extra.attempts,
        "open_until": gift.extra.open_until,
        "reason": storable(gift.extra.reason),
    }
    with transaction():
        row, is_new = _made_once(QuizException, token, facts, by=by, at=at)
        if is_new:
            end = gift.extra.open_until
            after = {**facts, "open_until": end.isoformat() if end else None}
            audit.record(
                "make_exception", "quiz_exception", row.id, by=by.person_id, at=at, after=after, reason=row.reason
            )
            _lengthen(gift.scope(drive, day_of(at)), by=by, at=at)
        return row


@dataclass(frozen=True)
class Share:
    """A standing allowance as it is asked for: so much more time at every quiz between two days."""

    percent: int
    valid_from: date
    valid_to: date | None
    """None is without an end."""
    reason: str


def refuse_allowance(person: Person, share: Share, *, by: SignedIn) -> None:
    """Raise the refusal of an allowance that cannot be given, before anything is written."""
    one_or_not_found(queries.allowable_to(by).where(Person.id == person.id))
    if person.id == by.person_id:
        raise Refused(_("Đồng chí không tự cho mình thêm giờ. Đồng chí nhờ một người khác phụ trách đơn vị."))
    if share.valid_to is not None and share.valid_to < share.valid_from:
        raise Refused(_("Ngày cuối phải từ ngày đầu trở đi."))
    if not share.reason:
        raise Refused(_("Đồng chí ghi lý do. Người học đọc được lý do này."))


def give_allowance(person: Person, share: Share, *, token: str, by: SignedIn, at: datetime) -> Allowance:
    """Give a person more time at every quiz, also at one they are at. The same form sent twice makes one allowance."""
    refuse_allowance(person, share, by=by)
    facts = {
        "person_id": person.id,
        "percent": share.percent,
        "valid_from": share.valid_from,
        "valid_to": share.valid_to or FOREVER,
        "reason": storable(share.reason),
    }
    with transaction():
        row, is_new = _made_once(Allowance, token, facts, by=by, at=at)
        if is_new:
            after = {**facts, "valid_from": row.valid_from.isoformat(), "valid_to": row.valid_to.isoformat()}
            audit.record("give_allowance", "allowance", row.id, by=by.person_id, at=at, after=after, reason=row.reason)
            _lengthen(Summons.person_id == person.id, by=by, at=at)
        return row


Made = TypeVar("Made", QuizException, Allowance)


def _made_once(
    table: type[Made], token: str, facts: dict[str, Any], *, by: SignedIn, at: datetime
) -> tuple[Made, bool]:
    """The row that a form makes; a form that comes again finds the row of the first time, and False."""
    with transaction() as session:
        note = upsert(table).values(form_token=token, made_by_id=by.person_id, made_at=at, **facts)
        is_new = session.scalar(note.on_conflict_do_nothing(index_elements=["form_token"]).returning(table.id))
        row = session.scalars(select(table).where(table.form_token == token)).one()
        if {name: getattr(row, name) for name in facts} != facts or row.made_by_id != by.person_id:
            raise Refused(_("Mẫu này đã được lưu với nội dung khác. Đồng chí mở lại danh sách rồi thêm mục mới."))
        return row, is_new is not None


def _lengthen(scope: ColumnElement[bool], *, by: SignedIn, at: datetime) -> None:
    """Let running attempts under these summonses last as long as the terms now say; none is ever cut short.

    An attempt whose time is over stays over, whether or not the worker has already come round to it.
    """
    with transaction() as session:
        session.execute(select(Summons.id).where(scope).order_by(Summons.id).with_for_update())
        running = [one for one in queries.running_in(scope) if not _is_over(one[0], at)]
        for attempt, held in queries.running_terms(running, scope, day_of(at)):
            before, due_at = attempt.due_at, rules.due_at(attempt.started_at, held)
            if due_at > before:
                attempt.due_at = due_at
                audit.record(
                    "lengthen_attempt",
                    "attempt",
                    attempt.id,
                    by=by.person_id,
                    at=at,
                    before={"due_at": before.isoformat()},
                    after={"due_at": due_at.isoformat()},
                )


@point_assigned.connect
def _lengthen_at(drive: Drive, *, point_id: int | None, by: SignedIn, at: datetime) -> None:
    """Who comes to a point with an exception gets it in a running attempt, too, as if it were made now."""
    if point_id is not None:
        _lengthen(queries.reached(drive.id, None, None, day_of(at), point_id), by=by, at=at)


def _is_over(attempt: Attempt, at: datetime) -> bool:
    return rules.refusal_to_answer(None, attempt.due_at, at, attempt.grace) is not None


def refuse_settings(drive: Drive, module_id: int, own: Mapping[str, Any], *, by: SignedIn) -> None:
    """Raise the refusal of rules that cannot be set, before anything is written."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    if module_id not in {version.module_id for version in queries.quizzes_of(drive.id)}:
        raise Refused(_("Đợt học tập không có bài kiểm tra này. Đồng chí chọn lại chuyên đề."))
    opens_at, closes_at = own.get("opens_at") or drive.opens_at, own.get("closes_at") or drive.closes_at
    if refusal := rules.refusal_of_window(opens_at, closes_at, drive.opens_at, drive.closes_at):
        raise Refused(refusal)


def set_rules(drive: Drive, module_id: int, own: Mapping[str, Any], *, by: SignedIn, at: datetime) -> bool:
    """Let a quiz have rules of its own in a drive, None being the module's; False when they are so already.

    Running attempts never lose time: they are lengthened where the rules now give more, and never cut short. An
    attempt that is handed in keeps its result; which attempt counts is asked anew.
    """
    refuse_settings(drive, module_id, own, by=by)
    chosen = {name: own.get(name) for name in rules.RULES}
    with transaction() as session:
        session.execute(select(Drive.id).where(Drive.id == drive.id).with_for_update())
        row = session.get(QuizSettings, (drive.id, module_id), populate_existing=True)
        before = row.own() if row else dict.fromkeys(rules.RULES)
        if before == chosen:
            return False
        row = row or QuizSettings(drive_id=drive.id, module_id=module_id)
        for name, value in chosen.items():
            setattr(row, name, value)
        row.set_at, row.set_by_id = at, by.person_id
        session.add(row)
        session.flush()
        changed = [name for name in rules.RULES if before[name] != chosen[name]]
        audit.record(
            "set_quiz_rules",
            "drive",
            drive.id,
            by=by.person_id,
            at=at,
            before={"module_id": module_id, **{name: _plain(before[name]) for name in changed}},
            after={"module_id": module_id, **{name: _plain(chosen[name]) for name in changed}},
        )
        _lengthen(and_(Summons.drive_id == drive.id, Summons.withdrawn_at.is_(None)), by=by, at=at)
        return True


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def withdraw_exception(row: QuizException, drive: Drive, *, by: SignedIn, at: datetime, because: str) -> None:
    """From now on it gives nothing. A running attempt keeps the time it has; doing this twice changes nothing."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    _withdraw(row, "withdraw_exception", "quiz_exception", by=by, at=at, because=because)


def withdraw_allowance(row: Allowance, *, by: SignedIn, at: datetime, because: str) -> None:
    """From now on it gives nothing. A running attempt keeps the time it has; doing this twice changes nothing."""
    one_or_not_found(queries.allowable_to(by).where(Person.id == row.person_id))
    _withdraw(row, "withdraw_allowance", "allowance", by=by, at=at, because=because)


def _withdraw(
    row: QuizException | Allowance, action: str, subject: str, *, by: SignedIn, at: datetime, because: str
) -> None:
    if not because:
        raise Refused(_("Đồng chí ghi lý do thôi áp dụng."))
    with transaction() as session:
        session.refresh(row, with_for_update=True)
        if row.withdrawn_at is None:
            row.withdrawn_at, row.withdrawn_because = at, because
            audit.record(action, subject, row.id, by=by.person_id, at=at, reason=storable(because))
