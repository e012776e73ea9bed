"""What waits for a reviewer, in which order, and how far they are today."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    cast,
    distinct,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from lms import clock, vietnamese
from lms.access import ROLES_FOR, Action
from lms.db import UtcDateTime, db
from lms.drives.models import Drive, Summons
from lms.grading.allocation import is_given
from lms.grading.blindness import is_hidden, is_hidden_from, label_of
from lms.grading.models import Assignment, Claim, Grade, Notes
from lms.grading.queries import marks_now, routed_to, stands
from lms.grading.reach import soonest
from lms.grading.rules import Decision, pace
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from lms.units import queries as units
from lms.units.models import Unit, UnitLink, valid_on

PAGE = 50
WATCHED = timedelta(days=90)
"""So long after its end a drive's texts are still looked for by unit."""


@dataclass(frozen=True)
class Row:
    """A line of the queue."""

    id: int
    author: str
    unit: str
    """Empty where the author is hidden, who then goes by a number."""
    drive: str
    submitted_at: datetime
    words: int
    state: State
    is_late: bool
    taken_by: str | None
    given_to: str | None
    """Whose work it is, where that is somebody else."""
    marked: bool
    """The viewer has marked it, and it waits for somebody else's mark."""


class Length(StrEnum):
    SHORT, MIDDLE, LONG = "short", "middle", "long"


LENGTHS = {Length.SHORT: (0, 499), Length.MIDDLE: (500, 1199), Length.LONG: (1200, 1_000_000)}
"""Words of a short, a middling and a long text."""


@dataclass(frozen=True)
class Filter:
    """What of the queue is wanted; empty means everything."""

    words: str = ""
    """Of the author's name or unit, without regard to diacritics and unless hidden, or the number of a text."""
    unit_id: int | None = None
    late: bool | None = None
    length: Length | None = None
    again: bool = False
    """Only texts that were returned and have come back."""
    mine: bool = False
    """Only texts that were given to the viewer."""


EVERYTHING = Filter()


@cache
def _was_returned() -> ColumnElement[bool]:
    return exists().where(Grade.reflection_id == Reflection.id, Grade.decision == Decision.RETURN).correlate(Reflection)


@lru_cache(maxsize=1000)
def _is_marked_by(person_id: int) -> ColumnElement[bool]:
    return and_(Drive.marks_wanted > 1, marks_now(Grade.reviewer_id == person_id).exists())


@cache
def _wants_a_reader() -> ColumnElement[bool]:
    """Fewer people have the text or have marked it than the drive wants."""
    has = select(func.count()).select_from(Assignment)
    has = has.where(Assignment.reflection_id == Reflection.id, Assignment.ended_at.is_(None)).correlate(Reflection)
    marked = marks_now().with_only_columns(func.count(distinct(Grade.reviewer_id)))
    some = has.scalar_subquery() + marked.scalar_subquery() < Drive.marks_wanted
    return or_(and_(Drive.marks_wanted == 1, ~is_given()), and_(Drive.marks_wanted > 1, some))


def _conditions(viewer: SignedIn, wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.words.strip():
        folded = vietnamese.fold(wanted.words)
        names = (Person.folded_name, Unit.folded_name)
        named = or_(*(name.contains(folded, autoescape=True) for name in names))
        number = re.fullmatch(r"(?:bai )?(\d{1,9})", folded)
        found.append(or_(and_(named, ~is_hidden(viewer)), Reflection.id == int(number[1]) if number else false()))
    if wanted.unit_id is not None:
        within = units.within(Summons.unit_id, [wanted.unit_id], clock.today())
        found.append(and_(within, ~is_hidden(viewer)))
    if wanted.late is not None:
        found.append(Reflection.is_late.is_(wanted.late))
    if wanted.length is not None:
        found.append(Reflection.words.between(*LENGTHS[wanted.length]))
    if wanted.again:
        found.append(_was_returned())
    return found


@lru_cache(maxsize=1000)
def _rows(person_id: int) -> Select[Any]:
    """Put together once for each viewer; `ids` and `now` are given with each question."""
    hidden = is_hidden_from(person_id)
    holder, other = aliased(Person), aliased(Person)
    reviewer = select(holder.full_name).where(holder.id == Claim.reviewer_id).correlate(Claim).scalar_subquery()
    given_to = (
        select(other.full_name)
        .join(Assignment, Assignment.reviewer_id == other.id)
        .where(
            Assignment.reflection_id == Reflection.id,
            Assignment.ended_at.is_(None),
            Assignment.reviewer_id != person_id,
        )
        .order_by(Assignment.id)
        .limit(1)
        .correlate(Reflection)
        .scalar_subquery()
    )
    return (
        select(
            Reflection.id,
            case((hidden, ""), else_=Person.full_name),
            case((hidden, ""), else_=Unit.name),
            Drive.title,
            Reflection.submitted_at,
            Reflection.words,
            Reflection.state,
            Reflection.is_late,
            reviewer,
            given_to,
            _is_marked_by(person_id),
        )
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .outerjoin(
            Claim,
            and_(
                Claim.reflection_id == Reflection.id,
                Claim.until > bindparam("now", type_=UtcDateTime),
                Claim.reviewer_id != person_id,
            ),
        )
        .where(Reflection.id.in_(bindparam("ids", expanding=True)))
        .order_by(Reflection.submitted_at, Reflection.id)
    )


def rows(
    viewer: SignedIn,
    states: Sequence[State],
    action: Action = Action.GRADE,
    *,
    wanted: Filter = EVERYTHING,
    page: int = 1,
) -> list[Row]:
    """What waits for the viewer, the longest waiting first; one page of it, and one row more where there is more."""
    conditions = _conditions(viewer, wanted)

    def narrow(statement: Select[Any]) -> Select[Any]:
        if wanted.words.strip():
            statement = statement.join(Person, Person.id == Summons.person_id).join(Unit, Unit.id == Summons.unit_id)
        return statement.where(*conditions)

    start, count = (page - 1) * PAGE, PAGE + 1
    ids = soonest(viewer, action, states, narrow, is_given=wanted.mine, start=start, count=count)
    found = db.session.execute(_rows(viewer.person_id), {"ids": ids, "now": clock.now()})
    return [Row(id, author or label_of(id), *rest) for id, author, *rest in found]


MOST_COUNTED = 1000
"""No queue is counted further: a glance needs no more, and counting on would cost more than all the rest of a page."""


def waiting(viewer: SignedIn, states: Sequence[State]) -> dict[State, int]:
    """How many texts are in each of these states of those that the viewer grades, up to `MOST_COUNTED`."""

    def counted(state: State) -> ScalarSelect[int]:
        some = (
            select(Reflection.id)
            .join(Summons, Summons.id == Reflection.summons_id)
            .where(Reflection.state == state, routed_to(viewer, Action.GRADE))
            .limit(MOST_COUNTED)
        )
        return select(func.count()).select_from(some.subquery()).scalar_subquery()

    return dict(zip(states, db.session.execute(select(*map(counted, states))).one(), strict=True))


def left(viewer: SignedIn) -> int:
    """How many texts wait for the viewer: their own pile where they were given one, else the common queue's."""
    return given_to(viewer) or waiting(viewer, [State.SUBMITTED])[State.SUBMITTED]


def given_to(viewer: SignedIn) -> int:
    """How many texts wait that were given to the viewer."""
    mine = (Assignment.reviewer_id == viewer.person_id, Assignment.ended_at.is_(None))
    chosen = select(func.count()).select_from(Assignment).join(Reflection, Reflection.id == Assignment.reflection_id)
    return db.session.scalar(chosen.where(*mine, Reflection.state == State.SUBMITTED)) or 0


def units_of_queue(viewer: SignedIn) -> list[tuple[int, str]]:
    """The units next below those for which the viewer grades; one stands for all that is under it.

    None while every drive that is not over is graded without names.
    """
    today = clock.today()
    roots = viewer.unit_ids(ROLES_FOR[Action.GRADE])
    some_drive = exists().where(~Drive.is_blind, Drive.closes_at >= clock.now() - WATCHED)
    rows = db.session.execute(
        select(Unit.id, Unit.name)
        .join(UnitLink, UnitLink.child_id == Unit.id)
        .where(UnitLink.parent_id.in_(roots), valid_on(UnitLink, today), some_drive)
        .order_by(Unit.sort_key, Unit.id)
        .limit(300)
    )
    return [(id_, name) for id_, name in rows]


class Order(StrEnum):
    """How one goes from text to text: the longest waiting first, or well mixed so that no neighbour's name follows."""

    WAITING, MIXED = "waiting", "mixed"


def next_in_queue(
    viewer: SignedIn,
    *,
    after: int | None = None,
    order: Order = Order.WAITING,
    again: bool = False,
    criterion: str = "",
) -> int | None:
    """The text to grade next that nobody else has open, other than the one just done.

    What was given to the viewer comes first, then what wants another reader. `criterion` asks for texts in which the
    viewer has not scored it yet: one criterion across all texts.
    """
    taken = exists().where(
        Claim.reflection_id == Reflection.id, Claim.until > clock.now(), Claim.reviewer_id != viewer.person_id
    )
    conditions = [~taken, ~_is_marked_by(viewer.person_id)]
    if again:
        conditions.append(_was_returned())
    if criterion:
        scored = Notes.scores[criterion].as_string()
        theirs = (Notes.reflection_id == Reflection.id, Notes.reviewer_id == viewer.person_id)
        conditions.append(~exists().where(*theirs, func.length(scored) > 0))
    if after is not None:
        conditions.append(Reflection.id != after)
    mixed = order is Order.MIXED
    mine = _first(viewer, conditions, is_given=True, mixed=mixed)
    return mine or _first(viewer, [*conditions, _wants_a_reader()], is_given=False, mixed=mixed)


def _first(viewer: SignedIn, conditions: list[ColumnElement[bool]], *, is_given: bool, mixed: bool) -> int | None:
    step = 7919 + 2 * (viewer.person_id % 4001)
    by = [(cast(Reflection.id, BigInteger) * step) % 99_991, Reflection.id] if mixed else None
    found = soonest(
        viewer, Action.GRADE, [State.SUBMITTED], lambda chosen: chosen.where(*conditions), is_given=is_given, by=by
    )
    return found[0] if found else None


@dataclass(frozen=True)
class Day:
    """The viewer's own work of today: how many essays, and how many minutes each took."""

    done: int
    minutes: int | None
    last: int | None
    """Their latest decision, unless it was a mark and the other person's is in: then it does not go back."""
    last_reflection: int | None


def _is_final(grade_id: int) -> bool:
    """A mark of a text that has all the marks its drive wants of several people. One query."""
    mine = aliased(Grade)
    marks = (
        select(func.count(distinct(Grade.reviewer_id)))
        .where(Grade.revision_id == mine.revision_id, Grade.decision == Decision.MARK, stands())
        .correlate(mine)
        .scalar_subquery()
    )
    chosen = (
        select(mine.id)
        .join(Reflection, Reflection.id == mine.reflection_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(mine.id == grade_id, mine.decision == Decision.MARK)
        .where(Drive.marks_wanted > 1, marks >= Drive.marks_wanted)
    )
    return db.session.scalar(chosen) is not None


def day_of(viewer: SignedIn) -> Day:
    start = vietnamese.start_of_day(clock.today())
    mine = (Grade.reviewer_id == viewer.person_id, Grade.decided_at >= start, stands())
    latest = (
        select(Grade.id, Grade.reflection_id, Grade.decision, Grade.decided_at)
        .where(*mine, Grade.decision.in_([Decision.MARK, Decision.RETURN]))
        .order_by(Grade.id.desc())
    )
    rows = db.session.execute(latest).all()
    moments = [row.decided_at for row in rows]
    minutes = pace(len(rows), min(moments, default=None), max(moments, default=None))
    last = rows[0] if rows and not _is_final(rows[0].id) else None
    return Day(len({row.reflection_id for row in rows}), minutes, last and last.id, last and last.reflection_id)
