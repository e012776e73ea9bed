"""Reflections and every state of their text."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.content.models import ModuleVersion
from lms.db import Json, Model, Word
from lms.drives.models import Summons
from lms.reflections.rules import State
from lms.units.models import Unit


class Reflection(Model):
    """What a summoned person writes in a drive; one for each summons."""

    __table_args__ = (Index("ix_reflection_queue", "managing_unit_id", "state", "submitted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    summons_id: Mapped[int] = mapped_column(ForeignKey(Summons.id), unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id))
    """The prompts that were shown and the rubric that applies, fixed with the first save."""
    state: Mapped[State] = mapped_column(Word(State), default=State.DRAFT)
    head: Mapped[int] = mapped_column(default=0)
    """Number of the revision that is the text."""
    managing_unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    """Where it went when handed in; None while drafting, and when no unit above has a reviewer."""
    submitted_at: Mapped[datetime | None]
    receipt_no: Mapped[str | None] = mapped_column(unique=True)
    sha256: Mapped[str | None]
    words: Mapped[int | None]
    commitment: Mapped[str | None]

    summons: Mapped[Summons] = relationship()
    version: Mapped[ModuleVersion] = relationship()
    managing_unit: Mapped[Unit | None] = relationship()


class Revision(Model):
    """The text after one save; never changed. One that came from a stale page stands aside until its author decides."""

    __table_args__ = (UniqueConstraint("reflection_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id))
    number: Mapped[int]
    based_on: Mapped[int]
    """The revision that the page had in front of it."""
    texts: Mapped[dict[str, str]] = mapped_column(Json)
    saved_at: Mapped[datetime]
    is_aside: Mapped[bool] = mapped_column(default=False)
