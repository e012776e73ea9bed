"""The tables of study drives."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.content.models import ModuleVersion
from lms.db import Model, Word
from lms.drives.rules import Kind, Presence, Rating, Settling, Thresholds
from lms.people.models import Person
from lms.units.models import Unit


class Drive(Model):
    """A study drive with its window, what counts as done, and how marks are rated."""

    __table_args__ = (
        CheckConstraint("opens_at < reflection_due_at AND reflection_due_at <= closes_at", name="window"),
        CheckConstraint("late_until >= reflection_due_at AND late_until <= closes_at", name="late"),
        CheckConstraint("excellent > good AND good > average", name="thresholds"),
        Index("ix_drive_unit_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    kind: Mapped[Kind] = mapped_column(Word(Kind))
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    """The unit that organises it."""
    partners: Mapped[str]
    """Co-organisers, also from outside the union, as printed on the summons."""
    opens_at: Mapped[datetime]
    reflection_due_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    late_until: Mapped[datetime | None]
    """Until when reflections are taken after their day, and called late; None is not at all."""
    grace_seconds: Mapped[int] = mapped_column(default=60)
    """How much later than its day a reflection may arrive without being late."""
    reflection_version_id: Mapped[int | None] = mapped_column(ForeignKey(ModuleVersion.id))
    """The module whose prompts and rubric the reflection uses; None when the drive asks for no reflection."""
    forbids_direct: Mapped[bool] = mapped_column(default=False)
    """Nobody grades their direct superior or subordinate."""
    may_withdraw: Mapped[bool] = mapped_column(default=False)
    """Authors may take a reflection back until somebody begins to read it."""
    needs_lessons: Mapped[bool] = mapped_column(default=True)
    needs_quizzes: Mapped[bool] = mapped_column(default=True)
    needs_sessions: Mapped[int] = mapped_column(default=0)
    """How many sessions must be attended."""
    least_rating: Mapped[Rating] = mapped_column(Word(Rating), default=Rating.AVERAGE)
    """The rating from which a released reflection counts as done."""
    excellent: Mapped[float] = mapped_column(default=8.0)
    good: Mapped[float] = mapped_column(default=6.5)
    average: Mapped[float] = mapped_column(default=5.0)
    most_returns: Mapped[int] = mapped_column(default=2)
    """How often a reflection may be returned for rewriting."""
    is_blind: Mapped[bool] = mapped_column(default=False)
    """Whoever grades does not learn whose text it is, and its author not who graded it."""
    marks_wanted: Mapped[int] = mapped_column(default=1)
    """How many people mark each reflection: one, or two who do not know of each other's mark."""
    most_apart: Mapped[Decimal] = mapped_column(Numeric(4, 2), default=Decimal(1))
    """How far two marks may lie apart before a third person reads the text."""
    settle_by: Mapped[Settling] = mapped_column(Word(Settling), default=Settling.MEAN)
    untouched_days: Mapped[int] = mapped_column(default=5)
    """After so many days a text that its reviewer has not opened goes back to the common queue."""
    appeal_days: Mapped[int] = mapped_column(default=5)
    """For so many days after release an author may appeal; 0 means not at all."""
    appeal_answer_days: Mapped[int] = mapped_column(default=10)
    """Within so many days an appeal is to be answered."""

    unit: Mapped[Unit] = relationship()
    reflection_version: Mapped[ModuleVersion | None] = relationship()
    modules: Mapped[list["DriveModule"]] = relationship(order_by="DriveModule.position", cascade="all, delete-orphan")
    documents: Mapped[list["DriveDocument"]] = relationship(order_by="DriveDocument.id", cascade="all, delete-orphan")
    sessions: Mapped[list["DriveSession"]] = relationship(
        order_by="DriveSession.starts_at", cascade="all, delete-orphan"
    )

    def thresholds(self) -> Thresholds:
        return Thresholds(self.excellent, self.good, self.average)


class DriveModule(Model):
    """A module in the drive, pinned to the version that its learners see; `module_id` repeats the version's."""

    __table_args__ = (UniqueConstraint("drive_id", "module_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id))
    position: Mapped[int]

    version: Mapped[ModuleVersion] = relationship()


class DriveDocument(Model):
    """A document on which the drive rests: a plan, an official letter, a resolution."""

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id), index=True)
    type: Mapped[str]
    number: Mapped[str]
    issued_on: Mapped[date]
    issuer: Mapped[str]
    about: Mapped[str]


class DriveSession(Model):
    """A half-day of the drive at a place."""

    __table_args__ = (CheckConstraint("starts_at < ends_at", name="times"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id), index=True)
    title: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str]


class VenuePoint(Model):
    """A place from which people take part in a drive together: its room, connected to the others."""

    __table_args__ = (UniqueConstraint("drive_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id))
    name: Mapped[str]
    place: Mapped[str]
    is_central: Mapped[bool] = mapped_column(default=False)


class Summons(Model):
    """A person is called to the drive; everything they do in it hangs on this row.

    `unit_id` is the unit of their main post on the day of the summons, under which they are counted. A withdrawn
    summons stays with its reason; what was done under it stays too.
    """

    __table_args__ = (
        UniqueConstraint("drive_id", "person_id"),
        Index("ix_summons_person_id", "person_id"),
        Index("ix_summons_unit_id", "unit_id"),
        Index("ix_summons_point_id", "point_id"),
        Index(
            "ix_summons_open",
            "drive_id",
            "unit_id",
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id))
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    point_id: Mapped[int | None] = mapped_column(ForeignKey(VenuePoint.id))
    """Where they take part, in a drive with several points."""
    reason: Mapped[str]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]

    drive: Mapped[Drive] = relationship()
    person: Mapped[Person] = relationship()
    unit: Mapped[Unit] = relationship()


class Attendance(Model):
    """Whether a summoned person attended a session; one row for both, corrected in place and audited."""

    session_id: Mapped[int] = mapped_column(ForeignKey(DriveSession.id), primary_key=True)
    summons_id: Mapped[int] = mapped_column(ForeignKey(Summons.id), primary_key=True, index=True)
    presence: Mapped[Presence] = mapped_column(Word(Presence))
    noted_at: Mapped[datetime]
    noted_by_id: Mapped[int]
