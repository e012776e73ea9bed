"""Progress of units, for viewers who may see it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, or_, select

from lms import access, clock
from lms.access import ROLES_FOR, Action
from lms.audit import AuditEntry, AuditSeal
from lms.completion import queries as completion
from lms.completion.rules import Standing, State, standing
from lms.content.models import Module, ModuleVersion
from lms.content.rules import Question
from lms.db import db, one_or_not_found
from lms.drives.models import Drive, DriveModule
from lms.drives.queries import drives_touching, organised_by
from lms.errors import NotFound
from lms.people.models import Person, Post
from lms.people.queries import found_by, held_on
from lms.people.viewer import SignedIn
from lms.quizzes import corrections
from lms.quizzes.analysis import Figures, Item, from_json
from lms.quizzes.marking import Corrections, corrected
from lms.quizzes.models import ItemStatistics
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


@dataclass(frozen=True)
class Analysis:
    """A quiz's questions in a drive with what the worker found out about them; None before it has."""

    drive: Drive
    versions: list[ModuleVersion]
    """The newest first: the one that the drive pins, and those with which attempts began before."""
    version: ModuleVersion
    computed_at: datetime | None
    figures: Figures | None
    units: list[Unit]
    """The units right below the drive's own that have enough learners for figures."""
    unit: Unit | None
    unit_figures: Figures | None
    standing: Corrections
    """What counts otherwise than published."""

    @property
    def lines(self) -> list[tuple[int, Question, Item | None, Item | None]]:
        """Number, question, its figures, and those of the chosen unit."""
        items = {item.key: item for item in self.figures.items} if self.figures else {}
        theirs = {item.key: item for item in self.unit_figures.items} if self.unit_figures else {}
        return [
            (number, corrected(row.specification(), self.standing), items.get(row.key), theirs.get(row.key))
            for number, row in enumerate(self.version.questions, 1)
        ]


def analysis_for(viewer: SignedIn, drive_code: str, slug: str, *, number: int | None, unit_id: int | None) -> Analysis:
    """What is known of a quiz of a drive that the viewer organises; reading it works nothing out."""
    drive = one_or_not_found(organised_by(viewer).where(Drive.code == drive_code))
    versions = _quiz_versions(drive, slug)
    version = next((one for one in versions if number in (None, one.number)), None)
    if version is None:
        raise NotFound()
    worked_out = ItemStatistics.drive_id == drive.id, ItemStatistics.version_id == version.id
    known = select(ItemStatistics.unit_id).where(*worked_out, ItemStatistics.unit_id != drive.unit_id)
    listed = list(db.session.scalars(select(Unit).where(Unit.id.in_(known)).order_by(Unit.sort_key, Unit.id)))
    unit = next((one for one in listed if one.id == unit_id), None)
    if unit_id is not None and unit is None:
        raise NotFound()
    wanted = [drive.unit_id, *([unit.id] if unit else [])]
    found = db.session.scalars(select(ItemStatistics).where(*worked_out, ItemStatistics.unit_id.in_(wanted)))
    rows = {row.unit_id: row for row in found}
    whole = rows.get(drive.unit_id)
    return Analysis(
        drive=drive,
        versions=versions,
        version=version,
        computed_at=whole.computed_at if whole else None,
        figures=from_json(whole.figures) if whole else None,
        units=listed,
        unit=unit,
        unit_figures=from_json(rows[unit.id].figures) if unit else None,
        standing=corrections.standing(drive.id, version.id),
    )


def _quiz_versions(drive: Drive, slug: str) -> list[ModuleVersion]:
    """The versions of a module whose quiz learners of the drive take or took, the newest first."""
    pinned = select(DriveModule.version_id).where(DriveModule.drive_id == drive.id)
    worked_out = select(ItemStatistics.version_id).where(ItemStatistics.drive_id == drive.id)
    statement = (
        select(ModuleVersion)
        .join(ModuleVersion.module)
        .where(Module.slug == slug, ModuleVersion.quiz.is_not(None))
        .where(or_(ModuleVersion.id.in_(pinned), ModuleVersion.id.in_(worked_out)))
        .order_by(ModuleVersion.number.desc())
    )
    return list(db.session.scalars(statement))


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
