"""Progress of units, for viewers who may see it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, or_, select

from lms import access, clock
from lms.access import ROLES_FOR, Action
from lms.audit import AuditEntry, AuditSeal
from lms.completion import queries as completion
from lms.completion.rules import Standing, State, standing
from lms.db import db, one_or_not_found
from lms.drives.models import Drive
from lms.drives.queries import drives_touching
from lms.errors import NotFound
from lms.people.models import Person, Post
from lms.people.queries import found_by, held_on
from lms.people.viewer import SignedIn
from lms.reports.rules import Tally, summed
from lms.units import queries as units
from lms.units.models import Unit


def roots_of(viewer: SignedIn) -> list[Unit]:
    """The units whose progress the viewer sees, each for its whole subtree."""
    ids = viewer.unit_ids(ROLES_FOR[Action.SEE_PROGRESS])
    return list(db.session.scalars(select(Unit).where(Unit.id.in_(ids)).order_by(Unit.sort_key)))


def drives_of(viewer: SignedIn) -> Select[Drive]:
    return drives_touching(viewer.unit_ids(ROLES_FOR[Action.SEE_PROGRESS]), clock.today())


def place_for(viewer: SignedIn, drive_code: str, unit_id: int) -> tuple[Drive, Unit]:
    """A drive and a unit that the viewer may see; everything else is not found."""
    unit = db.session.get(Unit, unit_id)
    if unit is None or not access.may(viewer, Action.SEE_PROGRESS, unit.id):
        raise NotFound()
    return one_or_not_found(drives_of(viewer).where(Drive.code == drive_code)), unit


@dataclass(frozen=True)
class Progress:
    """A unit's numbers: its own people, each child with all under it, and the total of these rows."""

    own: Tally
    children: list[tuple[Unit, Tally]]

    @property
    def total(self) -> Tally:
        return summed([self.own, *(tally for _, tally in self.children)])


def progress(drive: Drive, unit: Unit, now: datetime) -> Progress:
    """Counted from the facts themselves, in four queries whatever the size."""
    today = clock.today()
    demand = completion.demand_of(drive)
    children = list(db.session.scalars(units.children(unit.id, today)))
    through = completion.child_of_each(unit.id, today)
    own, tallies = Tally(), {child.id: Tally() for child in children}
    for learner in completion.learners(completion.in_subtree(drive.id, unit.id, today)):
        tally = tallies.get(through.get(learner.unit_id, 0), own)
        tally.add(standing(demand, learner.facts, now).state)
    return Progress(own, [(child, tallies[child.id]) for child in children])


def names(drive: Drive, unit: Unit, state: State | None, now: datetime) -> list[tuple[completion.Learner, Standing]]:
    """The people behind a number: those of the unit's subtree in a state, or all."""
    demand = completion.demand_of(drive)
    scope = completion.in_subtree(drive.id, unit.id, clock.today())
    everyone = ((learner, standing(demand, learner.facts, now)) for learner in completion.learners(scope))
    return [(learner, where) for learner, where in everyone if state is None or where.state is state]


TRAIL_PAGE = 100


@dataclass(frozen=True)
class TrailLine:
    """An entry of the audit trail; `seal` is its link in the chain, None while it waits for the worker."""

    entry: AuditEntry
    actor: str | None
    seal: int | None


def audit_trail(viewer: SignedIn, *, words: str, after: int) -> list[TrailLine]:
    """What people of the auditor's units did or had done to them, newest first; one page and one more line."""
    today = clock.today()
    roots = viewer.unit_ids(ROLES_FOR[Action.READ_AUDIT])
    mine = select(Post.person_id).where(held_on(Post, today), units.within(Post.unit_id, roots, today))
    named = mine.where(Post.person_id.in_(select(Person.id).where(found_by(words)))) if words else mine
    concerns = or_(
        AuditEntry.actor_id.in_(named), and_(AuditEntry.subject == "person", AuditEntry.subject_id.in_(named))
    )
    rows = db.session.execute(
        select(AuditEntry, Person.full_name, AuditSeal.number)
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(concerns)
        .order_by(AuditEntry.id.desc())
        .offset(after)
        .limit(TRAIL_PAGE + 1)
    )
    return [TrailLine(*row) for row in rows]
