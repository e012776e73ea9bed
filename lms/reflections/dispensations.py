"""A later day for a person or for all under a unit, or no reflection at all: each with its reason.

What was handed in too late and is covered by an extension given afterwards is late no more. Withdrawing takes nothing
from what was handed in meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import joinedload

from lms import access, audit
from lms.access import Action
from lms.db import db, fetch, one_or_not_found, storable, transaction, upsert
from lms.drives.models import Drive, Summons
from lms.errors import Refused
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.quizzes.queries import count_reached, reached
from lms.reflections import deadlines
from lms.reflections.deadlines import Deadline, Given, Kind
from lms.reflections.models import Dispensation, Reflection
from lms.reflections.queries import Desk
from lms.units.models import Unit, UnitClosure
from lms.vietnamese import day_of

PAGE = 100


def _reaches() -> ColumnElement[bool]:
    """Does a dispensation in force reach the summons of the surrounding query, on :day?"""
    above = select(UnitClosure.ancestor_id).where(
        UnitClosure.descendant_id == Summons.unit_id,
        UnitClosure.valid_from <= bindparam("day", type_=Date),
        UnitClosure.valid_to >= bindparam("day", type_=Date),
    )
    reaches = or_(Dispensation.person_id == Summons.person_id, Dispensation.unit_id.in_(above.correlate(Summons)))
    return and_(Dispensation.drive_id == Summons.drive_id, Dispensation.withdrawn_at.is_(None), reaches)


TO_ONE = (
    select(Dispensation.until, Dispensation.reason)
    .join(Summons, _reaches())
    .where(Summons.id == bindparam("summons"))
    .order_by(Dispensation.id)
)


def given_to(summons_id: int, day: date) -> list[Given]:
    """What one summons is given, with the reasons: one query."""
    return [Given(*row) for row in fetch(TO_ONE, {"summons": summons_id, "day": day})]


def deadline_of(desk: Desk, at: datetime) -> Deadline:
    """When the reflection of a desk is due: one query."""
    drive, reflection = desk.summons.drive, desk.reflection
    return deadlines.deadline(
        drive.reflection_due_at,
        drive.grace_seconds,
        drive.late_until,
        reflection.rewrite_by if reflection else None,
        given_to(desk.summons.id, day_of(at)),
    )


def given(chosen: Select[int]) -> Select[Any, Any, Any]:
    """For each of the chosen summonses that is given something: the latest day, and 1 where it is exempt, on :day."""
    return (
        select(
            Summons.id.label("summons_id"),
            func.max(Dispensation.until).label("until"),
            func.max(case((Dispensation.until.is_(None), 1), else_=0)).label("is_exempt"),
        )
        .join(Dispensation, _reaches())
        .where(Summons.id.in_(chosen))
        .group_by(Summons.id)
    )


@dataclass(frozen=True)
class Wish:
    """A dispensation as it is asked for."""

    kind: Kind
    until: datetime | None
    reason: str
    person: Person | None = None
    unit: Unit | None = None

    def scope(self, drive: Drive, day: date) -> ColumnElement[bool]:
        return reached(drive.id, self.person.id if self.person else None, self.unit.id if self.unit else None, day)


def refuse(drive: Drive, wish: Wish, *, by: SignedIn, at: datetime) -> int:
    """Raise the refusal of a dispensation that cannot be given, before anything is written; else whom it reaches."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    if (wish.person is None) == (wish.unit is None):
        raise Refused(_("Đồng chí ghi mã cán bộ hoặc mã đơn vị, chỉ một trong hai."))
    if drive.reflection_version_id is None:
        raise Refused(_("Đợt học tập này không yêu cầu bài thu hoạch."))
    if refusal := deadlines.refusal_of_dispensation(wish.kind, wish.until, wish.reason, drive.reflection_due_at, at):
        raise Refused(refusal)
    scope = wish.scope(drive, day_of(at))
    reaches, reaches_giver = count_reached(scope), count_reached(and_(scope, Summons.person_id == by.person_id))
    is_own = wish.person is not None and wish.person.id == by.person_id
    if is_own or (reaches_giver and (wish.kind is Kind.EXEMPTION or reaches == reaches_giver)):
        raise Refused(_("Đồng chí không tự gia hạn hay miễn cho mình. Đồng chí nhờ một người khác trong Ban tổ chức."))
    if not reaches:
        raise Refused(_("Không có ai trong danh sách triệu tập được hưởng."))
    return reaches


def give(drive: Drive, wish: Wish, *, token: str, by: SignedIn, at: datetime) -> Dispensation:
    """Give a later day or no reflection at all. The same form sent twice gives it once."""
    refuse(drive, wish, by=by, at=at)
    facts = {
        "drive_id": drive.id,
        "person_id": wish.person.id if wish.person else None,
        "unit_id": wish.unit.id if wish.unit else None,
        "kind": wish.kind,
        "until": wish.until,
        "reason": storable(wish.reason),
    }
    with transaction() as session:
        note = upsert(Dispensation).values(form_token=token, made_by_id=by.person_id, made_at=at, **facts)
        is_new = session.scalar(note.on_conflict_do_nothing(index_elements=["form_token"]).returning(Dispensation.id))
        row = session.scalars(select(Dispensation).where(Dispensation.form_token == token)).one()
        if {name: getattr(row, name) for name in facts} != facts or row.made_by_id != by.person_id:
            raise Refused(_("Mẫu này đã được lưu với nội dung khác. Đồng chí mở lại danh sách rồi thêm mục mới."))
        if is_new is not None:
            after = {**facts, "kind": wish.kind.value, "until": wish.until.isoformat() if wish.until else None}
            audit.record("dispense", "dispensation", row.id, by=by.person_id, at=at, after=after, reason=row.reason)
            if wish.until is not None:
                _in_time_after_all(wish.scope(drive, day_of(at)), wish.until, drive.grace_seconds)
        return row


def _in_time_after_all(scope: ColumnElement[bool], until: datetime, grace_seconds: int) -> None:
    """What was handed in before the new day is late no more."""
    last = until + timedelta(seconds=grace_seconds)
    covered = Reflection.summons_id.in_(select(Summons.id).where(scope))
    row = update(Reflection).where(covered, Reflection.is_late, Reflection.submitted_at <= last)
    db.session.execute(row.values(is_late=False))


def withdraw(row: Dispensation, drive: Drive, *, by: SignedIn, at: datetime, because: str) -> None:
    """From now on it gives nothing; doing this twice changes nothing."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    if not because:
        raise Refused(_("Đồng chí ghi lý do thôi áp dụng."))
    with transaction() as session:
        session.refresh(row, with_for_update=True)
        if row.withdrawn_at is None:
            row.withdrawn_at, row.withdrawn_because = at, storable(because)
            audit.record(
                "withdraw_dispensation", "dispensation", row.id, by=by.person_id, at=at, reason=storable(because)
            )


SHOWN = (Dispensation.person, Dispensation.unit, Dispensation.made_by)


def page_of(drive_id: int, *, after: int, size: int) -> Sequence[Dispensation]:
    """The dispensations of a drive, those in force first and the newest in front."""
    return db.session.scalars(
        select(Dispensation)
        .options(*map(joinedload, SHOWN))
        .where(Dispensation.drive_id == drive_id)
        .order_by(Dispensation.withdrawn_at.is_not(None), Dispensation.id.desc())
        .offset(after)
        .limit(size)
    ).all()


def one_of(drive_id: int, dispensation_id: int) -> Dispensation:
    return one_or_not_found(
        select(Dispensation).where(Dispensation.id == dispensation_id, Dispensation.drive_id == drive_id)
    )
