"""Giving texts to reviewers: who can take on how much, and the plan before and when it is applied."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, insert, select

from lms import access, audit, clock, vietnamese
from lms.access import ROLES_FOR, Action, Role
from lms.db import db, transaction, upsert
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.grading import planning
from lms.grading.models import Assignment, Capacity, Grade
from lms.grading.planning import Plan, Reviewer
from lms.grading.queries import stands
from lms.grading.rules import Decision, Ending
from lms.notices.services import notify
from lms.people.models import Absence, Person, RoleGrant
from lms.people.queries import direct_of, held_on
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection, Revision
from lms.reflections.rules import State
from lms.units import queries as units
from lms.units.models import UnitClosure, valid_on

GRADERS = ROLES_FOR[Action.GRADE]
A_DAY = 10
"""Texts a day, for a reviewer of whom nothing else was said; whoever only leads gets none by default."""
SHORTEST = 50
"""Reading anything costs at least as much as so many words."""

EFFORT = case((Reflection.words > SHORTEST, Reflection.words), else_=SHORTEST)


def is_given() -> ColumnElement[bool]:
    """Somebody has the text of the surrounding query to grade."""
    given = select(Assignment.id).where(Assignment.reflection_id == Reflection.id, Assignment.ended_at.is_(None))
    return given.correlate(Reflection).exists()


def in_reach(viewer: SignedIn) -> tuple[ColumnElement[bool], ...]:
    """The texts that went to units whose grading the viewer leads, never the viewer's own."""
    within = units.within(Reflection.managing_unit_id, viewer.unit_ids(ROLES_FOR[Action.ALLOCATE]), clock.today())
    return within, Summons.person_id != viewer.person_id


@dataclass(frozen=True)
class Overview:
    """A drive of which texts wait in the viewer's units: how many, and how many of them are in somebody's hands."""

    drive: Drive
    waiting: int
    given: int


def overviews(viewer: SignedIn) -> list[Overview]:
    rows = db.session.execute(
        select(Drive, func.count(), func.sum(case((is_given(), 1), else_=0)))
        .join(Summons, Summons.drive_id == Drive.id)
        .join(Reflection, Reflection.summons_id == Summons.id)
        .where(*in_reach(viewer), Reflection.state.in_([State.SUBMITTED, State.RETURNED]))
        .group_by(Drive.id)
        .order_by(Drive.closes_at.desc(), Drive.id)
    )
    return [Overview(*row) for row in rows]


def drive_for(viewer: SignedIn, code: str) -> Drive:
    """A drive of which any text ever went to a unit whose grading the viewer leads."""
    texts = select(Reflection.id).join(Summons, Summons.id == Reflection.summons_id)
    mine = texts.where(Summons.drive_id == Drive.id, *in_reach(viewer)).correlate(Drive).exists()
    drive = db.session.scalars(select(Drive).where(Drive.code == code, mine)).one_or_none()
    if drive is None:
        raise NotFound()
    return drive


def in_nobodys_hands(viewer: SignedIn, drive: Drive) -> int:
    """How many texts wait that nobody has just now."""
    return (
        db.session.scalar(select(func.count()).select_from(_waiting(viewer, drive).where(~is_given()).subquery())) or 0
    )


# --- Who can grade, and how much --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hand:
    """A reviewer of a drive: the units whose texts come to them, what they can do in a day and what they have."""

    id: int
    name: str
    unit_ids: frozenset[int]
    a_day: int
    absences: tuple[tuple[date, date], ...]
    open: int = 0
    open_words: int = 0
    done: int = 0

    def days(self, first: date, last: date) -> int:
        return planning.days_present(first, last, self.absences)


def _places(viewer: SignedIn, drive: Drive) -> Select[int | None]:
    """The units to which texts of the drive went that the viewer gives out."""
    texts = select(Reflection.managing_unit_id).distinct().join(Summons, Summons.id == Reflection.summons_id)
    return texts.where(Summons.drive_id == drive.id, *in_reach(viewer))


def hands_of(viewer: SignedIn, drive: Drive) -> list[Hand]:
    """Everybody to whom texts of the drive may be given, in Vietnamese order of names. A fixed number of queries."""
    today = clock.today()
    rows = db.session.execute(
        select(RoleGrant.person_id, Person.full_name, RoleGrant.role, UnitClosure.descendant_id)
        .join(UnitClosure, and_(UnitClosure.ancestor_id == RoleGrant.unit_id, valid_on(UnitClosure, today)))
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            UnitClosure.descendant_id.in_(_places(viewer, drive)),
            RoleGrant.role.in_(GRADERS),
            held_on(RoleGrant, today),
        )
        .order_by(Person.sort_key, Person.id)
    ).all()
    names = {person_id: name for person_id, name, _role, _unit_id in rows}
    places, reviewers = defaultdict(set), set()
    for person_id, _name, role, unit_id in rows:
        places[person_id].add(unit_id)
        if role is Role.REVIEWER:
            reviewers.add(person_id)
    said = dict(
        db.session.execute(select(Capacity.person_id, Capacity.a_day).where(Capacity.drive_id == drive.id)).all()
    )
    away, had = _absences(names, today), _work(drive)
    return [
        Hand(
            person_id,
            name,
            frozenset(places[person_id]),
            said.get(person_id, A_DAY if person_id in reviewers else 0),
            tuple(away[person_id]),
            *had.get(person_id, (0, 0, 0)),
        )
        for person_id, name in names.items()
    ]


def _absences(person_ids: Collection[int], today: date) -> dict[int, list[tuple[date, date]]]:
    away = defaultdict(list)
    rows = db.session.execute(
        select(Absence.person_id, Absence.first_day, Absence.last_day).where(
            Absence.person_id.in_(person_ids), Absence.last_day >= today, Absence.withdrawn_at.is_(None)
        )
    )
    for person_id, first, last in rows:
        away[person_id].append((first, last))
    return away


def _work(drive: Drive) -> dict[int, tuple[int, int, int]]:
    """By reviewer: texts and words in their hands, and texts that they were given and have marked."""
    is_open, is_done = Assignment.ended_at.is_(None), Assignment.ending == Ending.DONE
    rows = db.session.execute(
        select(
            Assignment.reviewer_id,
            func.sum(case((is_open, 1), else_=0)),
            func.sum(case((is_open, EFFORT), else_=0)),
            func.count(distinct(case((is_done, Assignment.reflection_id)))),
        )
        .join(Reflection, Reflection.id == Assignment.reflection_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(Summons.drive_id == drive.id)
        .group_by(Assignment.reviewer_id)
    )
    return {reviewer_id: (count, words, done) for reviewer_id, count, words, done in rows}


def set_capacity(viewer: SignedIn, code: str, a_day: Mapping[int, int], *, at: datetime) -> int:
    """Say how many texts a day reviewers can grade in the drive; return for how many that is another number."""
    access.require(viewer, Action.ALLOCATE)
    drive = drive_for(viewer, code)
    known = {hand.id: hand.a_day for hand in hands_of(viewer, drive)}
    changed = {id: number for id, number in a_day.items() if id in known and known[id] != number}
    if any(not 0 <= number <= 500 for number in changed.values()):
        raise Refused(_("Mỗi ngày một giám khảo chấm từ 0 đến 500 bài. Đồng chí sửa lại số đó."))
    with transaction() as session:
        for person_id, number in changed.items():
            note = upsert(Capacity).values(drive_id=drive.id, person_id=person_id, a_day=number)
            session.execute(
                note.on_conflict_do_update(index_elements=["drive_id", "person_id"], set_={"a_day": number})
            )
        if changed:
            before = {str(id): known[id] for id in changed}
            after = {str(id): number for id, number in changed.items()}
            audit.record("set_capacity", "drive", drive.id, by=viewer.person_id, at=at, before=before, after=after)
    return len(changed)


# --- The plan ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proposal:
    """A plan as the lead sees it before it is applied."""

    plan: Plan
    hands: Mapping[int, Hand]
    until: date
    seed: int

    @property
    def left(self) -> list[tuple[planning.Why, int]]:
        """Why texts lack a reader, and how many."""
        reasons = list(self.plan.left.values())
        return [(one, reasons.count(one)) for one in planning.Why if one in reasons]


def _waiting(viewer: SignedIn, drive: Drive) -> Select[Any]:
    return (
        select(Reflection.id, EFFORT, Summons.person_id, Reflection.managing_unit_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(Summons.drive_id == drive.id, Reflection.state == State.SUBMITTED, *in_reach(viewer))
    )


def readers(statement: Select[Any]) -> dict[int, set[int]]:
    """By text: those who have it, and those who have marked it as it now is."""
    chosen = statement.with_only_columns(Reflection.id)
    had = select(Assignment.reflection_id, Assignment.reviewer_id).where(
        Assignment.reflection_id.in_(chosen), Assignment.ended_at.is_(None)
    )
    marked = (
        select(Grade.reflection_id, Grade.reviewer_id)
        .join(Revision, Revision.id == Grade.revision_id)
        .join(Reflection, and_(Reflection.id == Grade.reflection_id, Reflection.head == Revision.number))
        .where(Reflection.id.in_(chosen), Grade.decision == Decision.MARK, stands())
    )
    found = defaultdict(set)
    for reflection_id, person_id in db.session.execute(had.union_all(marked)):
        found[reflection_id].add(person_id)
    return found


def clashes(drive: Drive, hands: Collection[Hand]) -> dict[int, set[int]]:
    """By author, who must not grade them."""
    found = defaultdict(set)
    if drive.forbids_direct:
        for reviewer_id, other_id in direct_of([hand.id for hand in hands], clock.today()):
            found[other_id].add(reviewer_id)
    return found


def propose(viewer: SignedIn, drive: Drive, *, until: date, seed: int) -> Proposal:
    """Who would get what if all that wants a reader were given out now. A fixed number of queries."""
    hands, statement = hands_of(viewer, drive), _waiting(viewer, drive)
    had = readers(statement)
    essays = [
        planning.Essay(id, words, author, unit_id, frozenset(had.get(id, ())), wants)
        for id, words, author, unit_id in db.session.execute(statement)
        if (wants := drive.marks_wanted - len(had.get(id, ()))) > 0
    ]
    mean = round(sum(one.words for one in essays) / len(essays)) if essays else SHORTEST
    today = clock.today()
    reviewers = [
        Reviewer(
            hand.id,
            hand.unit_ids,
            planning.room_of(hand.a_day, mean, hand.days(today, until)),
            hand.open_words,
        )
        for hand in hands
    ]
    found = planning.plan(essays, reviewers, clashes(drive, hands), seed=seed)
    return Proposal(found, {hand.id: hand for hand in hands}, until, seed)


def last_day(drive: Drive) -> date:
    """Until when grading is planned if nobody says otherwise: the drive's end, or a week where that is near or past."""
    return max(vietnamese.day_of(drive.closes_at), clock.today() + timedelta(days=7))


def apply(viewer: SignedIn, code: str, *, until: date, seed: int, digest: str, at: datetime) -> int:
    """Give the texts out as the lead has seen it; refused when the plan would be another one by now."""
    access.require(viewer, Action.ALLOCATE)
    with transaction():
        drive = held(viewer, code)
        found = propose(viewer, drive, until=until, seed=seed).plan
        if found.digest() != digest:
            raise Refused(_("Bài chờ chấm hoặc giám khảo vừa thay đổi. Đồng chí xem lại kế hoạch mới rồi phân công."))
        pairs = [(reflection_id, share.reviewer.id) for share in found.shares for reflection_id in share.essays]
        give(pairs, by=viewer.person_id, at=at)
        given = {share.reviewer.id: len(share.essays) for share in found.shares if share.essays}
        counts = {str(id): count for id, count in given.items()}
        after = {"seed": seed, "until": until.isoformat(), "plan": digest, "given": counts}
        audit.record("allocate", "drive", drive.id, by=viewer.person_id, at=at, after=after)
        for reviewer_id, count in given.items():
            tell(reviewer_id, drive, count, at=at)
    return found.given


def held(viewer: SignedIn, code: str) -> Drive:
    """The drive, held, so that two leads give out one after the other."""
    drive = drive_for(viewer, code)
    return db.session.get_one(Drive, drive.id, with_for_update=True, populate_existing=True)


def give(pairs: Collection[tuple[int, int]], *, by: int, at: datetime) -> None:
    rows = [{"reflection_id": text, "reviewer_id": to, "given_at": at, "given_by_id": by} for text, to in pairs]
    if rows:
        db.session.execute(insert(Assignment), rows)


def tell(reviewer_id: int, drive: Drive, count: int, *, at: datetime) -> None:
    notify(
        reviewer_id,
        kind="essays_given",
        key=f"given:{drive.id}:{at.isoformat()}",
        text=f"Đồng chí được giao chấm {count} bài thu hoạch của “{drive.title}”.",
        link="/grading/",
        at=at,
    )
