"""Decisions about reflections. Rows are added and never rewritten; the last one of the right kind counts."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Json, Model, Word
from lms.drives.rules import Rating
from lms.grading.rules import Decision
from lms.people.models import Person
from lms.reflections.models import Reflection, Revision


class Grade(Model):
    """One decision of a reviewer about a revision: a mark, or a return for rewriting with its reason."""

    __table_args__ = (
        Index("ix_grade_reflection_id", "reflection_id", "id"),
        CheckConstraint("(decision = 'mark') = (mark IS NOT NULL)", name="mark_has_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id))
    revision_id: Mapped[int] = mapped_column(ForeignKey(Revision.id))
    """The text that was read."""
    reviewer_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    decision: Mapped[Decision] = mapped_column(Word(Decision))
    scores: Mapped[dict[str, str]] = mapped_column(Json)
    """Criterion id to score, as decimal text."""
    mark: Mapped[Decimal | None] = mapped_column(Numeric(4, 2))
    comment: Mapped[str]
    decided_at: Mapped[datetime]

    reviewer: Mapped[Person] = relationship()


class Release(Model):
    """A mark becomes the author's result, with the rating by the thresholds of that day."""

    __table_args__ = (Index("uq_release_reflection_id", "reflection_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id))
    grade_id: Mapped[int] = mapped_column(ForeignKey(Grade.id))
    rating: Mapped[Rating] = mapped_column(Word(Rating))
    released_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    released_at: Mapped[datetime]

    grade: Mapped[Grade] = relationship()


class Claim(Model):
    """A reviewer has the essay open until a moment; others' queues pass it over. Not a lock: it hinders nobody."""

    __table_args__ = (Index("ix_claim_until", "until"),)

    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id), primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    until: Mapped[datetime]
