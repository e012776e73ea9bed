"""Texts change hands: moved by a lead, one or five hundred in a step, or back by themselves when nobody reads them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, case, literal, null, or_, select, update

from lms import access, audit
from lms.access import Action
from lms.db import db, one_or_not_found, transaction
from lms.drives.models import Drive, Summons
from lms.errors import Refused
from lms.grading import planning
from lms.grading.allocation import (
    EFFORT,
    GRADERS,
    clashes,
    give,
    hands_of,
    held,
    in_reach,
    is_given,
    readers,
    tell,
)
from lms.grading.blindness import is_hidden, label_of
from lms.grading.models import Assignment, Notes
from lms.grading.planning import Reviewer, Why
from lms.grading.rules import ENDING_NAMES, Ending
from lms.notices.services import notify
from lms.people.models import Person, RoleGrant
from lms.people.queries import held_on, is_away
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from lms.units.models import UnitClosure, valid_on
from lms.vietnamese import day_of

AT_ONCE = 500
"""The most texts that one step moves, and that one run of the worker takes back."""
PAGE = 100
IN_HANDS = (State.SUBMITTED, State.RETURNED)
"""A returned text stays with its reviewer, to whom it comes back."""


# --- By a lead --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A text as the lead moves it, without a word of what it says."""

    id: int
    author: str
    submitted_at: datetime
    words: int
    state: State
    touched_at: datetime | None


def _texts(viewer: SignedIn, drive: Drive, of: int | None) -> Select[Any]:
    """What a reviewer has to grade; what nobody has, where `of` is None."""
    statement = select(Reflection.id, EFFORT, Summons.person_id, Reflection.managing_unit_id)
    statement = statement.join(Summons, Summons.id == Reflection.summons_id)
    if of is None:
        statement = statement.where(Reflection.state == State.SUBMITTED, ~is_given())
    else:
        theirs = (Assignment.reviewer_id == of, Assignment.ended_at.is_(None))
        statement = statement.join(Assignment, and_(Assignment.reflection_id == Reflection.id, *theirs))
        statement = statement.where(Reflection.state.in_(IN_HANDS))
    in_order = statement.order_by(Reflection.submitted_at, Reflection.id)
    return in_order.where(Summons.drive_id == drive.id, *in_reach(viewer))


def texts(viewer: SignedIn, drive: Drive, of: int | None, *, page: int = 1) -> list[Row]:
    """One page of what a reviewer has, or of what nobody has, and one row more where there is more."""
    touched = null() if of is None else Assignment.touched_at
    name = case((is_hidden(viewer), ""), else_=Person.full_name)
    columns = (Reflection.id, name, Reflection.submitted_at, EFFORT, Reflection.state, touched)
    statement = _texts(viewer, drive, of).join(Person, Person.id == Summons.person_id)
    statement = statement.join(Drive, Drive.id == Summons.drive_id).with_only_columns(*columns)
    found = db.session.execute(statement.offset((page - 1) * PAGE).limit(PAGE + 1))
    return [Row(id, author or label_of(id), *rest) for id, author, *rest in found]


def name_of(viewer: SignedIn, drive: Drive, reviewer_id: int) -> str:
    """The name of somebody who was given texts of the drive, also when they grade there no longer."""
    given = select(Assignment.id).join(Reflection, Reflection.id == Assignment.reflection_id)
    given = given.join(Summons, Summons.id == Reflection.summons_id)
    given = given.where(Assignment.reviewer_id == Person.id, Summons.drive_id == drive.id, *in_reach(viewer))
    return one_or_not_found(select(Person.full_name).where(Person.id == reviewer_id, given.correlate(Person).exists()))


@dataclass(frozen=True)
class Moved:
    """How many texts changed hands, and why others stayed."""

    count: int
    stayed: Mapping[Why, int]


def move(
    viewer: SignedIn, code: str, chosen: Collection[int] | None, *, of: int | None, to: Collection[int], at: datetime
) -> Moved:
    """Take these texts from a reviewer, or out of the common queue, and spread them over others; all for None.

    To nobody is back to the common queue. What cannot go there stays where it is. Texts that changed hands meanwhile
    are passed over, so twice is once.
    """
    access.require(viewer, Action.ALLOCATE)
    with transaction():
        drive = held(viewer, code)
        hands = {hand.id: hand for hand in hands_of(viewer, drive)}
        if not set(to) <= set(hands):
            raise Refused(_("Người được chọn không chấm bài của đợt này. Đồng chí chọn giám khảo khác."))
        if of is None and not to:
            raise Refused(_("Các bài này đang ở hàng chờ chung. Đồng chí chọn giám khảo để giao."))
        statement = _texts(viewer, drive, of)
        if chosen is not None:
            statement = statement.where(Reflection.id.in_(sorted(chosen)[:AT_ONCE]))
        rows = db.session.execute(statement.limit(AT_ONCE)).all()
        had = readers(select(Reflection.id).where(Reflection.id.in_([row[0] for row in rows])))
        essays = [
            planning.Essay(id, words, author_id, unit_id, frozenset(had[id])) for id, words, author_id, unit_id in rows
        ]
        if to:
            reviewers = [Reviewer(id, hands[id].unit_ids, 2**40, hands[id].open_words) for id in to]
            plan = planning.plan(essays, reviewers, clashes(drive, hands.values()), seed=drive.id)
            shares = {share.reviewer.id: share.essays for share in plan.shares if share.essays}
            stayed = Counter(plan.left.values())
        else:
            shares, stayed = {}, Counter()
        moved = [id for ids in shares.values() for id in ids] if to else [one.id for one in essays]
        if of is not None:
            _end(of, moved, Ending.MOVED, at)
            _tell_giver_up(of, drive, len(moved), at)
        give([(text, person_id) for person_id, ids in shares.items() for text in ids], by=viewer.person_id, at=at)
        for person_id, ids in shares.items():
            tell(person_id, drive, len(ids), at=at)
        before, after = {"of": of, "texts": moved}, {str(person_id): list(ids) for person_id, ids in shares.items()}
        audit.record("move_essays", "drive", drive.id, by=viewer.person_id, at=at, before=before, after=after)
        return Moved(len(moved), stayed)


def _end(reviewer_id: int, reflection_ids: Collection[int], ending: Ending, at: datetime) -> None:
    db.session.execute(
        update(Assignment)
        .where(
            Assignment.reviewer_id == reviewer_id,
            Assignment.reflection_id.in_(reflection_ids),
            Assignment.ended_at.is_(None),
        )
        .values(ended_at=at, ending=ending)
    )


def _tell_giver_up(reviewer_id: int, drive: Drive, count: int, at: datetime) -> None:
    if count:
        notify(
            reviewer_id,
            kind="essays_moved",
            key=f"moved:{drive.id}:{at.isoformat()}",
            text=f"{count} bài của “{drive.title}” được chuyển cho người khác. Những gì đồng chí đã gõ vẫn được giữ.",
            link="/grading/",
            at=at,
        )


# --- By deciding ------------------------------------------------------------------------------------------------------


def touch(reflection_id: int, reviewer_id: int, at: datetime) -> None:
    """Note that the reviewer has the text open, so that it stays with them."""
    mine = (Assignment.reflection_id == reflection_id, Assignment.reviewer_id == reviewer_id)
    db.session.execute(update(Assignment).where(*mine, Assignment.ended_at.is_(None)).values(touched_at=at))


def finish(reflection_id: int, reviewer_id: int, at: datetime, *, for_all: bool) -> None:
    """The reviewer has marked the text; `for_all`: it wants no other mark, so it leaves everybody's hands."""
    is_mine = Assignment.reviewer_id == reviewer_id
    db.session.execute(
        update(Assignment)
        .where(
            Assignment.reflection_id == reflection_id,
            Assignment.ended_at.is_(None),
            literal(True) if for_all else is_mine,
        )
        .values(ended_at=at, ending=case((is_mine, Ending.DONE.value), else_=Ending.OTHERS.value))
    )


def resume(reflection_id: int, reviewer_id: int, at: datetime) -> None:
    """The reviewer has taken their mark back: the text is in the hands again out of which that mark took it."""
    last = (
        select(Assignment)
        .where(Assignment.reflection_id == reflection_id, Assignment.reviewer_id == reviewer_id)
        .order_by(Assignment.id.desc())
        .limit(1)
    )
    row = db.session.scalars(last).first()
    if row is not None and row.ending is Ending.DONE:
        give([(reflection_id, reviewer_id)], by=row.given_by_id, at=at)


# --- By themselves ----------------------------------------------------------------------------------------------------


def hand_back(*, at: datetime) -> int:
    """Return to the common queue what lay untouched too long, and what the reviewer can no longer grade; say how many.

    What was marked stays marked, and what was typed is kept.
    """
    with transaction() as session:
        found: dict[tuple[int, int, Ending], list[int]] = defaultdict(list)
        givers: dict[tuple[int, int, Ending], set[int]] = defaultdict(set)
        for reviewer_id, drive_id, ending, reflection_id, giver_id in session.execute(_due(at)):
            key = reviewer_id, drive_id, Ending(ending)
            found[key].append(reflection_id)
            givers[key].add(giver_id)
        for (reviewer_id, drive_id, ending), ids in found.items():
            _end(reviewer_id, ids, ending, at)
            drive, reviewer = session.get_one(Drive, drive_id), session.get_one(Person, reviewer_id)
            facts = {"of": reviewer_id, "texts": ids}
            audit.record("hand_back", "drive", drive_id, by=None, at=at, before=facts, reason=ENDING_NAMES[ending])
            _tell_of_return(drive, reviewer, len(ids), ending, givers[reviewer_id, drive_id, ending], at)
    return sum(map(len, found.values()))


def _due(at: datetime) -> Select[Any]:
    day = day_of(at)
    grants = (
        select(RoleGrant.id)
        .join(UnitClosure, and_(UnitClosure.ancestor_id == RoleGrant.unit_id, valid_on(UnitClosure, day)))
        .where(
            UnitClosure.descendant_id == Reflection.managing_unit_id,
            RoleGrant.person_id == Assignment.reviewer_id,
            RoleGrant.role.in_(GRADERS),
            held_on(RoleGrant, day),
        )
        .correlate(Assignment, Reflection)
    )
    is_gone, away = ~grants.exists(), is_away(Assignment.reviewer_id, day)
    ending = case((is_gone, Ending.GONE.value), (away, Ending.AWAY.value), else_=Ending.UNTOUCHED.value)
    return (
        select(Assignment.reviewer_id, Summons.drive_id, ending, Reflection.id, Assignment.given_by_id)
        .join(Reflection, Reflection.id == Assignment.reflection_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(Assignment.ended_at.is_(None), Reflection.state.in_(IN_HANDS), or_(is_gone, away, _is_untouched(at)))
        .order_by(Assignment.id)
        .limit(AT_ONCE)
        .with_for_update(of=Assignment, skip_locked=True)
    )


def _is_untouched(at: datetime) -> ColumnElement[bool]:
    """Handed in, given and last opened or typed about longer ago than the drive allows."""
    by_days = []
    for days in db.session.scalars(select(Drive.untouched_days).distinct()):
        limit = at - timedelta(days=days)
        typed = select(Notes.id).where(
            Notes.reviewer_id == Assignment.reviewer_id, Notes.reflection_id == Reflection.id, Notes.saved_at > limit
        )
        moments = (Assignment.given_at, Reflection.submitted_at)
        was_opened = Assignment.touched_at.is_not(None) & (Assignment.touched_at > limit)
        typed_lately = typed.correlate(Assignment, Reflection).exists()
        by_days.append(
            and_(Drive.untouched_days == days, *(one <= limit for one in moments), ~was_opened, ~typed_lately)
        )
    return and_(Reflection.state == State.SUBMITTED, or_(*by_days))


def _tell_of_return(
    drive: Drive, reviewer: Person, count: int, ending: Ending, givers: Collection[int], at: datetime
) -> None:
    why, key = ENDING_NAMES[ending], f"back:{drive.id}:{reviewer.id}:{at.isoformat()}"
    mine = f"{count} bài của “{drive.title}” giao cho đồng chí về hàng chờ chung ({why}). Điểm đã chấm không đổi."
    notify(reviewer.id, kind="essays_back", key=key, text=mine, link="/grading/", at=at)
    others = f"{count} bài của “{drive.title}” giao cho {reviewer.full_name} về hàng chờ chung ({why})."
    link = f"/grading/allocation/{drive.code}"
    notify(set(givers) - {reviewer.id}, kind="essays_back", key=key, text=others, link=link, at=at)
