"""The reviewer's queue and the author's result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, undefer

from lms import clock, vietnamese
from lms.access import ROLES_FOR, Action
from lms.content.models import ModuleVersion
from lms.db import db
from lms.drives.models import Drive, Summons
from lms.errors import NotFound
from lms.grading import rules
from lms.grading.models import Claim, Grade, Notes, Phrase, Release, Remark
from lms.grading.rules import Decision, pace, place_of
from lms.people.models import Person
from lms.people.queries import is_direct
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection, Revision
from lms.reflections.queries import Desk
from lms.reflections.rules import State
from lms.units import queries as units
from lms.units.models import Unit, UnitClosure, valid_on

PAGE = 50


def routed_to(viewer: SignedIn, action: Action) -> ColumnElement[bool]:
    """The reflections that went to a unit in which the viewer may do this, never the viewer's own.

    Where the drive forbids it, those of the viewer's direct superiors and subordinates are left out, too.
    """
    roots, today, drive = viewer.unit_ids(ROLES_FOR[action]), clock.today(), aliased(Drive)
    within = units.within(Reflection.managing_unit_id, roots, today)
    clash = exists().where(
        drive.id == Summons.drive_id,
        drive.forbids_direct,
        is_direct(Summons.person_id, viewer.person_id, today),
    )
    return and_(within, Summons.person_id != viewer.person_id, ~clash)


def stands() -> ColumnElement[bool]:
    """The decision of the surrounding query was not taken back."""
    later = aliased(Grade)
    return ~exists().where(later.takes_back_id == Grade.id).correlate(Grade)


def standing(grades: Sequence[Grade]) -> list[Grade]:
    """The decisions that nobody has taken back, oldest first."""
    gone = {grade.takes_back_id for grade in grades}
    return [grade for grade in grades if grade.decision is not Decision.TAKEN_BACK and grade.id not in gone]


@dataclass(frozen=True)
class Row:
    """A line of the queue."""

    id: int
    author: str
    unit: str
    drive: str
    submitted_at: datetime
    words: int
    state: State
    is_late: bool
    taken_by: str | None


class Length(StrEnum):
    SHORT, MIDDLE, LONG = "short", "middle", "long"


LENGTHS = {Length.SHORT: (0, 499), Length.MIDDLE: (500, 1199), Length.LONG: (1200, 1_000_000)}
"""Words of a short, a middling and a long text."""


@dataclass(frozen=True)
class Filter:
    """What of the queue is wanted; empty means everything."""

    words: str = ""
    """Of the author's name or unit, without regard to diacritics."""
    unit_id: int | None = None
    late: bool | None = None
    length: Length | None = None
    again: bool = False
    """Only texts that were returned and have come back."""


EVERYTHING = Filter()


def _was_returned() -> ColumnElement[bool]:
    return exists().where(Grade.reflection_id == Reflection.id, Grade.decision == Decision.RETURN).correlate(Reflection)


def _is_late() -> ColumnElement[bool]:
    return Reflection.submitted_at > func.coalesce(Reflection.rewrite_by, Drive.reflection_due_at)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.words.strip():
        folded = vietnamese.fold(wanted.words)
        names = (Person.folded_name, Unit.folded_name)
        found.append(or_(*(name.contains(folded, autoescape=True) for name in names)))
    if wanted.unit_id is not None:
        found.append(units.within(Summons.unit_id, [wanted.unit_id], clock.today()))
    if wanted.late is not None:
        found.append(_is_late() if wanted.late else ~_is_late())
    if wanted.length is not None:
        found.append(Reflection.words.between(*LENGTHS[wanted.length]))
    if wanted.again:
        found.append(_was_returned())
    return found


def _rows(viewer: SignedIn, action: Action, states: Sequence[State]) -> Select[Any]:
    holder = aliased(Person)
    reviewer = select(holder.full_name).where(holder.id == Claim.reviewer_id).correlate(Claim).scalar_subquery()
    return (
        select(
            Reflection.id,
            Person.full_name,
            Unit.name,
            Drive.title,
            Reflection.submitted_at,
            Reflection.words,
            Reflection.state,
            _is_late(),
            reviewer,
        )
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .outerjoin(
            Claim,
            and_(
                Claim.reflection_id == Reflection.id,
                Claim.until > clock.now(),
                Claim.reviewer_id != viewer.person_id,
            ),
        )
        .where(Reflection.state.in_(states), routed_to(viewer, action))
        .order_by(Reflection.submitted_at, Reflection.id)
    )


def queue(
    viewer: SignedIn,
    states: Sequence[State],
    action: Action = Action.GRADE,
    *,
    wanted: Filter = EVERYTHING,
    page: int = 1,
) -> list[Row]:
    """What waits for the viewer, the longest waiting first; one page of it, and one row more where there is more."""
    statement = _rows(viewer, action, states).where(*_conditions(wanted))
    return [Row(*row) for row in db.session.execute(statement.offset((page - 1) * PAGE).limit(PAGE + 1))]


def waiting(viewer: SignedIn) -> dict[State, int]:
    """How many texts are in each state of those that the viewer grades."""
    rows = db.session.execute(
        select(Reflection.state, func.count())
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(routed_to(viewer, Action.GRADE))
        .group_by(Reflection.state)
    )
    return dict(rows.all())


def units_of_queue(viewer: SignedIn) -> list[tuple[int, str]]:
    """The units whose people's texts wait for the viewer, to choose from."""
    rows = db.session.execute(
        select(Unit.id, Unit.name)
        .where(
            Unit.id.in_(
                select(Summons.unit_id)
                .join(Reflection, Reflection.summons_id == Summons.id)
                .where(Reflection.state.in_([State.SUBMITTED, State.GRADED]), routed_to(viewer, Action.GRADE))
            )
        )
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

    `criterion` asks for texts in which the viewer has not scored it yet: one criterion across all texts.
    """
    taken = exists().where(
        Claim.reflection_id == Reflection.id, Claim.until > clock.now(), Claim.reviewer_id != viewer.person_id
    )
    statement = (
        select(Reflection.id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(Reflection.state == State.SUBMITTED, routed_to(viewer, Action.GRADE), ~taken)
        .limit(1)
    )
    if again:
        statement = statement.where(_was_returned())
    if criterion:
        scored = Notes.scores[criterion].as_string()
        statement = statement.where(
            ~exists().where(
                Notes.reflection_id == Reflection.id, Notes.reviewer_id == viewer.person_id, func.length(scored) > 0
            )
        )
    if order is Order.MIXED:
        step = 7919 + 2 * (viewer.person_id % 4001)
        mixed = (cast(Reflection.id, BigInteger) * step) % 99_991
        statement = statement.order_by(mixed, Reflection.id)
    else:
        statement = statement.order_by(Reflection.submitted_at, Reflection.id)
    if after is not None:
        statement = statement.where(Reflection.id != after)
    return db.session.scalars(statement).first()


@dataclass(frozen=True)
class Day:
    """The viewer's own work of today: how many essays, and how many minutes each took."""

    done: int
    minutes: int | None
    last: int | None
    """Their latest decision, which they may take back."""
    last_reflection: int | None


def day_of(viewer: SignedIn) -> Day:
    start = vietnamese.start_of_day(clock.today())
    mine = (Grade.reviewer_id == viewer.person_id, Grade.decided_at >= start, stands())
    latest = (
        select(Grade.id, Grade.reflection_id, Grade.decision, Grade.decided_at)
        .where(*mine, Grade.decision != Decision.TAKEN_BACK)
        .order_by(Grade.id.desc())
    )
    rows = db.session.execute(latest).all()
    moments = [row.decided_at for row in rows]
    minutes = pace(len(rows), min(moments, default=None), max(moments, default=None))
    last = rows[0] if rows else None
    return Day(len({row.reflection_id for row in rows}), minutes, last and last.id, last and last.reflection_id)


@dataclass(frozen=True)
class Essay:
    """A handed-in text with all that its grading page shows."""

    reflection: Reflection
    revision: Revision
    version: ModuleVersion
    drive: Drive
    author: Person
    unit: Unit
    grades: list[Grade]

    @property
    def current(self) -> Grade | None:
        """The latest mark on this text; a rewritten text starts anew."""
        return next(
            (
                grade
                for grade in reversed(standing(self.grades))
                if grade.revision_id == self.revision.id and grade.decision is Decision.MARK
            ),
            None,
        )


def essay_for(viewer: SignedIn, reflection_id: int, action: Action = Action.GRADE) -> Essay:
    """A text that went to the viewer's units; drafts, other units' texts and one's own are not found."""
    row = db.session.execute(
        select(Reflection, Revision, ModuleVersion, Drive, Person, Unit)
        .options(undefer(Reflection.texts))
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Revision, and_(Revision.reflection_id == Reflection.id, Revision.number == Reflection.head))
        .join(ModuleVersion, ModuleVersion.id == Reflection.version_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .where(
            Reflection.id == reflection_id,
            Reflection.state.in_([State.SUBMITTED, State.GRADED, State.RELEASED]),
            routed_to(viewer, action),
        )
    ).first()
    if row is None:
        raise NotFound()
    return Essay(*row, grades=grades_of(reflection_id))


def grades_of(reflection_id: int) -> list[Grade]:
    return list(
        db.session.scalars(
            select(Grade)
            .join(Grade.reviewer)
            .options(contains_eager(Grade.reviewer))
            .where(Grade.reflection_id == reflection_id)
            .order_by(Grade.id)
        )
    )


def release_of(reflection_id: int) -> Release | None:
    return db.session.scalars(
        select(Release)
        .join(Release.grade)
        .options(contains_eager(Release.grade))
        .where(Release.reflection_id == reflection_id)
    ).one_or_none()


@dataclass(frozen=True)
class Releasable:
    """A graded text that waits for release, with its current mark."""

    id: int
    author: str
    unit: str
    drive: Drive
    grade: Grade
    reviewer: str


def releasable(viewer: SignedIn) -> list[Releasable]:
    """What the viewer may release, by unit and name; the mark shown is the latest one."""
    latest = (
        select(func.max(Grade.id))
        .where(Grade.reflection_id == Reflection.id, Grade.decision == Decision.MARK, stands())
        .correlate(Reflection)
        .scalar_subquery()
    )
    reviewer = select(Person.full_name).where(Person.id == Grade.reviewer_id).correlate(Grade).scalar_subquery()
    rows = db.session.execute(
        select(Reflection.id, Person.full_name, Unit.name, Drive, Grade, reviewer)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Grade, Grade.id == latest)
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(Reflection.state == State.GRADED, routed_to(viewer, Action.RELEASE))
        .order_by(Unit.sort_key, Person.sort_key)
    )
    return [Releasable(*row) for row in rows]


def refusal_to_withdraw(desk: Desk, at: datetime) -> str | None:
    """Why the author cannot take the text of their desk back; one query."""
    assert desk.reflection is not None
    read = select(Claim.reflection_id).where(Claim.reflection_id == desk.reflection.id, Claim.until > at)
    decided = select(Grade.reflection_id).where(Grade.reflection_id == desk.reflection.id)
    has_begun = db.session.execute(read.union_all(decided).limit(1)).first() is not None
    drive = desk.summons.drive
    return rules.refusal_to_withdraw(
        desk.reflection.state, drive.reflection_due_at, at, is_allowed=drive.may_withdraw, has_begun=has_begun
    )


def state_of(viewer: SignedIn, reflection_id: int) -> tuple[State, bool]:
    """The state of a text that the viewer may or did work on, and whether it is still theirs to grade.

    Theirs is what goes to their units; what they have typed about stays known to them.
    """
    routed = select(Reflection.id).join(Summons, Summons.id == Reflection.summons_id)
    is_routed = routed.where(Reflection.id == reflection_id, routed_to(viewer, Action.GRADE)).exists()
    has_typed = exists().where(Notes.reflection_id == reflection_id, Notes.reviewer_id == viewer.person_id)
    row = db.session.execute(
        select(Reflection.state, is_routed).where(Reflection.id == reflection_id, or_(is_routed, has_typed))
    ).first()
    if row is None:
        raise NotFound()
    return row[0], bool(row[1])


def notes_of(viewer: SignedIn, reflection_id: int) -> Notes | None:
    """What the viewer has typed about a text."""
    return db.session.scalars(
        select(Notes)
        .where(Notes.reflection_id == reflection_id, Notes.reviewer_id == viewer.person_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def holder_of(viewer: SignedIn, reflection_id: int) -> tuple[str, datetime] | None:
    """Who else has the essay open now, and until when."""
    row = db.session.execute(
        select(Person.full_name, Claim.until)
        .join(Claim, Claim.reviewer_id == Person.id)
        .where(Claim.reflection_id == reflection_id, Claim.until > clock.now(), Claim.reviewer_id != viewer.person_id)
    ).first()
    return (row[0], row[1]) if row else None


def decision_of(viewer: SignedIn, grade_id: int) -> Grade:
    """A decision of the viewer's own."""
    row = db.session.scalars(
        select(Grade).where(
            Grade.id == grade_id, Grade.reviewer_id == viewer.person_id, Grade.decision != Decision.TAKEN_BACK
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row


def remarks_of(grade_ids: Sequence[int]) -> list[Remark]:
    """The comments on passages of these decisions, in the order of the text."""
    if not grade_ids:
        return []
    chosen = select(Remark).where(Remark.grade_id.in_(grade_ids))
    return list(db.session.scalars(chosen.order_by(Remark.prompt_id, Remark.start, Remark.id)))


def remark_to(viewer: SignedIn, remark_id: int) -> Remark:
    """A comment on the viewer's own text that was returned to them and that they have not handed in again."""
    row = db.session.scalars(
        select(Remark)
        .join(Grade, Grade.id == Remark.grade_id)
        .join(Reflection, Reflection.id == Grade.reflection_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(
            Remark.id == remark_id,
            Grade.decision == Decision.RETURN,
            stands(),
            Reflection.state == State.RETURNED,
            Summons.person_id == viewer.person_id,
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row


@dataclass(frozen=True)
class Round:
    """A return for rewriting as its author meets it: why, until when, and what was said of which words."""

    reason: str
    rewrite_by: datetime | None
    revision_id: int
    remarks: list[Remark] = field(default_factory=list)

    def places(self, texts: Mapping[str, str]) -> dict[int, int | None]:
        """Where each comment's words stand in these texts now; None where they are gone."""
        return {one.id: place_of(texts.get(one.prompt_id, ""), one.start, one.quote) for one in self.remarks}


def round_of(reflection_id: int) -> Round | None:
    """The last return for rewriting that stands. Two queries; the caller has made sure who may read it."""
    row = db.session.scalars(
        select(Grade)
        .where(Grade.reflection_id == reflection_id, Grade.decision == Decision.RETURN, stands())
        .order_by(Grade.id.desc())
        .limit(1)
    ).first()
    return Round(row.comment, row.rewrite_by, row.revision_id, remarks_of([row.id])) if row else None


def drive_of(remark: Remark) -> str:
    """The code of the drive that the commented text belongs to."""
    return db.session.scalars(
        select(Drive.code)
        .join(Summons, Summons.drive_id == Drive.id)
        .join(Reflection, Reflection.summons_id == Summons.id)
        .join(Grade, Grade.reflection_id == Reflection.id)
        .where(Grade.id == remark.grade_id)
    ).one()


def text_of(revision_id: int) -> dict[str, str]:
    """The text that a decision was about."""
    return db.session.get_one(Revision, revision_id).texts


def phrases_for(viewer: SignedIn) -> list[Phrase]:
    """The bank of the viewer's units and of those above and below them, what is used most first."""
    roots, today = viewer.unit_ids(ROLES_FOR[Action.GRADE]), clock.today()
    above = select(UnitClosure.ancestor_id).where(UnitClosure.descendant_id.in_(roots), valid_on(UnitClosure, today))
    mine = or_(Phrase.unit_id.in_(above), units.within(Phrase.unit_id, roots, today))
    return list(db.session.scalars(select(Phrase).where(mine).order_by(Phrase.uses.desc(), Phrase.id).limit(200)))
