"""Decisions about reflections. Rows are added and never rewritten; the last one of the right kind counts."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.content.models import ModuleVersion
from lms.db import Json, Model, Word
from lms.drives.models import Drive
from lms.drives.rules import Rating
from lms.grading.appealing import Cause, Outcome
from lms.grading.rules import Decision, Ending
from lms.people.models import Person
from lms.reflections.models import Reflection, Revision
from lms.units.models import Unit


class Grade(Model):
    """One decision of a reviewer about a revision: a mark, a return for rewriting, or taking one of those back.

    A text may bear several marks, of one reviewer or of many; each stays. What several come to is a row of its own.
    """

    __table_args__ = (
        Index("ix_grade_reflection_id", "reflection_id", "id"),
        Index("ix_grade_reviewer_id", "reviewer_id", "decided_at"),
        Index("uq_grade_takes_back_id", "takes_back_id", unique=True),
        CheckConstraint("(decision = 'taken_back') = (takes_back_id IS NOT NULL)", name="taken_back_names_it"),
        CheckConstraint("(decision IN ('mark', 'settled', 'appeal')) = (mark IS NOT NULL)", name="mark_has_number"),
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
    rewrite_by: Mapped[datetime | None]
    """Until when a returned text may be handed in again."""
    takes_back_id: Mapped[int | None] = mapped_column(ForeignKey("grade.id"))
    """The decision that this one takes back; each can be taken back once."""

    reviewer: Mapped[Person] = relationship()


class Remark(Model):
    """A comment of a decision on a passage: where it stood and its words, to find it again when rewritten."""

    id: Mapped[int] = mapped_column(primary_key=True)
    grade_id: Mapped[int] = mapped_column(ForeignKey(Grade.id), index=True)
    prompt_id: Mapped[str]
    start: Mapped[int]
    """Offset in the answer to the prompt, in characters."""
    quote: Mapped[str]
    text: Mapped[str]
    dealt_with_at: Mapped[datetime | None]
    """When the author said that they have seen to it."""
    confirmed_at: Mapped[datetime | None]
    """When a reviewer agreed."""
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))


class Notes(Model):
    """What a reviewer has typed about a text and not yet decided; found again on any device."""

    __table_args__ = (UniqueConstraint("reviewer_id", "reflection_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    scores: Mapped[dict[str, str]] = mapped_column(Json)
    """As typed, so that a slip is found again, too."""
    comment: Mapped[str]
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    counter: Mapped[int] = mapped_column(BigInteger)
    """The page counts its saves; a late one loses."""
    saved_at: Mapped[datetime]


class Phrase(Model):
    """A comment that the reviewers of a unit and of the units under it keep for using again."""

    __table_args__ = (UniqueConstraint("unit_id", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    text: Mapped[str]
    uses: Mapped[int] = mapped_column(default=0)
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]


class Release(Model):
    """A mark becomes the author's result, with the rating by the thresholds of that day."""

    __table_args__ = (Index("uq_release_reflection_id", "reflection_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id))
    grade_id: Mapped[int] = mapped_column(ForeignKey(Grade.id))
    mark: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    rating: Mapped[Rating] = mapped_column(Word(Rating))
    released_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    released_at: Mapped[datetime]

    grade: Mapped[Grade] = relationship()


class FormerResult(Model):
    """What an author's result was until a decision changed it; the release says what it is now."""

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey(Release.id), index=True)
    grade_id: Mapped[int] = mapped_column(ForeignKey(Grade.id))
    scores: Mapped[dict[str, str]] = mapped_column(Json)
    mark: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    rating: Mapped[Rating] = mapped_column(Word(Rating))
    cause: Mapped[Cause] = mapped_column(Word(Cause))
    reason: Mapped[str]
    """Why it changed, as the author reads it."""
    replaced_at: Mapped[datetime]
    replaced_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))


class Appeal(Model):
    """The author asks for another look at their result; once for a text. Somebody who has not graded it answers."""

    __table_args__ = (
        Index("uq_appeal_reflection_id", "reflection_id", unique=True),
        Index(
            "ix_appeal_open",
            "due_at",
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
        CheckConstraint("(decided_at IS NULL) = (outcome IS NULL)", name="decided_says_how"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id))
    reason: Mapped[str]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """Until when it is to be answered."""
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
    answer: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))

    reflection: Mapped[Reflection] = relationship()
    decided_by: Mapped[Person | None] = relationship()


class AppealNote(Model):
    """Something said about an appeal, by its author or by those who answer it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey(Appeal.id), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    is_by_author: Mapped[bool]
    text: Mapped[str]
    at: Mapped[datetime]

    by: Mapped[Person] = relationship()


class RubricChange(Model):
    """Texts of a drive that were begun on a version are graded by the rubric of another, until that is undone."""

    __table_args__ = (
        Index(
            "uq_rubric_change_standing",
            "drive_id",
            "version_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id))
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id))
    rubric_version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id))
    by_levels: Mapped[bool]
    """Scores that a level gave follow the level."""
    reason: Mapped[str]
    """As authors of changed results read it."""
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    undone_at: Mapped[datetime | None]
    undone_because: Mapped[str | None]


class Revaluation(Model):
    """What a mark was before a change of the rubric and what it came to by it."""

    __table_args__ = (UniqueConstraint("change_id", "grade_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey(RubricChange.id))
    grade_id: Mapped[int] = mapped_column(ForeignKey(Grade.id))
    scores_before: Mapped[dict[str, str]] = mapped_column(Json)
    mark_before: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    mark_after: Mapped[Decimal] = mapped_column(Numeric(4, 2))


class Archive(Model):
    """A unit's released texts of a drive in one zip, asked for by a lead and made by the worker."""

    __table_args__ = (
        Index(
            "ix_archive_unfinished",
            "id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    asked_at: Mapped[datetime]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    held_until: Mapped[datetime | None]
    """Until when one worker is at it, so that two never are."""
    finished_at: Mapped[datetime | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]

    unit: Mapped[Unit] = relationship()


class Claim(Model):
    """A reviewer has the essay open until a moment; others' queues pass it over. Not a lock: it hinders nobody."""

    __table_args__ = (Index("ix_claim_until", "until"),)

    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id), primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    until: Mapped[datetime]


class Assignment(Model):
    """A text was given to a reviewer; open until they have marked it or it went elsewhere. Ended rows stay."""

    __table_args__ = (
        Index(
            "uq_assignment_open",
            "reviewer_id",
            "reflection_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_assignment_reflection_id", "reflection_id"),
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="ended_says_how"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    touched_at: Mapped[datetime | None]
    """When the reviewer last had it open."""
    ended_at: Mapped[datetime | None]
    ending: Mapped[Ending | None] = mapped_column(Word(Ending))


class Capacity(Model):
    """How many texts a day a reviewer can grade in a drive, where a grading lead has said so."""

    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id), primary_key=True)
    a_day: Mapped[int]


class Unmasking(Model):
    """Somebody was shown whose text it is that was graded without names, with the reason they gave."""

    __table_args__ = (Index("ix_unmasking_reflection_id", "reflection_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id))
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    reason: Mapped[str]
    at: Mapped[datetime]


class Moderation(Model):
    """A lead has looked at a mark that somebody else gave and lets it stand; once for each mark."""

    __table_args__ = (UniqueConstraint("grade_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    grade_id: Mapped[int] = mapped_column(ForeignKey(Grade.id))
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    note: Mapped[str]
    at: Mapped[datetime]
