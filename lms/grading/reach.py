"""Taking the longest waiting texts of a viewer out of an index, however many wait.

A list of what lies in a whole subtree has to be sorted; what lies in one unit is kept in order by the index. Texts go
to few units, those in which somebody grades, so each of these is asked for its first ones.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from flask import g
from sqlalchemy import ColumnElement, Select, select, union_all

from lms import clock
from lms.access import ROLES_FOR, Action
from lms.db import db
from lms.drives.models import Drive, Summons
from lms.grading.models import Assignment
from lms.grading.queries import routed_to
from lms.people.models import RoleGrant
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from lms.units.models import UnitClosure, valid_on

MOST_UNITS = 12
"""With more units than this, sorting what they have together costs no more than asking each."""

GRADERS = ROLES_FOR[Action.GRADE]


def destinations(viewer: SignedIn, action: Action) -> list[int]:
    """The units under the viewer's to which texts can have come: their own, and where anybody has ever graded.

    Asked once a request.
    """
    known: dict[tuple[object, ...], list[int]] = g.setdefault("grading_destinations", {})
    key = viewer.grants, action
    if key not in known:
        known[key] = _destinations(viewer, action)
    return known[key]


def _destinations(viewer: SignedIn, action: Action) -> list[int]:
    roots = tuple(viewer.unit_ids(ROLES_FOR[action]))
    return sorted({*roots, *db.session.scalars(_grading_units(roots, clock.today()))})


@lru_cache(maxsize=1000)
def _grading_units(roots: tuple[int, ...], day: date) -> Select[int]:
    beneath = select(UnitClosure.descendant_id).where(
        UnitClosure.ancestor_id.in_(roots), UnitClosure.descendant_id == RoleGrant.unit_id, valid_on(UnitClosure, day)
    )
    grading = select(RoleGrant.unit_id).distinct().where(RoleGrant.role.in_(GRADERS), beneath.exists())
    return grading.limit(MOST_UNITS + 1)


def soonest(
    viewer: SignedIn,
    action: Action,
    states: Sequence[State],
    narrow: Callable[[Any], Any],
    *,
    is_given: bool = False,
    by: Sequence[Any] | None = None,
    start: int = 0,
    count: int = 1,
) -> list[int]:
    """The ids of the texts that have waited longest; `narrow` says which of all of them are meant. Two queries.

    `is_given` asks for those alone that were given to the viewer: never many, and found by that. `by` is
    another order than the waiting, which needs all to be sorted.
    """
    in_order = by or (Reflection.submitted_at, Reflection.id)
    places = [] if is_given or by else destinations(viewer, action)

    def of(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
        chosen = select(Reflection.id, Reflection.submitted_at)
        if is_given:
            mine = (Assignment.reviewer_id == viewer.person_id, Assignment.ended_at.is_(None))
            chosen = chosen.select_from(Assignment).join(Reflection, Reflection.id == Assignment.reflection_id)
            chosen = chosen.where(*mine)
        chosen = chosen.join(Summons, Summons.id == Reflection.summons_id).join(Drive, Drive.id == Summons.drive_id)
        return narrow(chosen.where(*where)).order_by(*in_order)

    if is_given or by or len(places) > MOST_UNITS:
        found = of(Reflection.state.in_(states), routed_to(viewer, action, of_few=is_given))
        return [id for id, _at in db.session.execute(found.offset(start).limit(count))]
    parts = [
        of(Reflection.managing_unit_id == place, Reflection.state == state, routed_to(viewer, action, is_within=True))
        .limit(start + count)
        .subquery()
        for place in places
        for state in states
    ]
    if not parts:
        return []
    together = union_all(*(select(part.c.id, part.c.submitted_at) for part in parts)).subquery()
    first = select(together.c.id).order_by(together.c.submitted_at, together.c.id)
    return list(db.session.scalars(first.offset(start).limit(count)))
