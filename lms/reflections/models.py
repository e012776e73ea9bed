"""Reflections and every state of their text."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, ScalarSelect, Select, UniqueConstraint, and_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column, object_session, relationship

from lms.content.models import ModuleVersion
from lms.db import Json, Model, Word
from lms.drives.models import Drive, Summons
from lms.people.models import Person
from lms.reflections import packing
from lms.reflections.deadlines import Kind
from lms.reflections.rules import Form, State
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
    """Number of the revision that is the text; the next three say of it what every save asks."""
    texts: Mapped[dict[str, str]] = mapped_column(Json, default=dict, deferred=True)
    saved_at: Mapped[datetime | None]
    whole_at: Mapped[int] = mapped_column(default=0)
    newest: Mapped[int] = mapped_column(default=0)
    """The highest number of any revision, also of one that stands aside."""
    form: Mapped[Form] = mapped_column(Word(Form), default=Form.TYPED)
    managing_unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    """Where it went when handed in; None while drafting, and when no unit above has a reviewer."""
    routed_from_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    """The unit that managed the author when the text was last routed: another one later means a transfer."""
    submitted_at: Mapped[datetime | None]
    rewrite_by: Mapped[datetime | None]
    """Until when a returned text may be handed in again, also after the drive's own deadline."""
    is_late: Mapped[bool] = mapped_column(default=False)
    """Handed in after the day and its grace, in a drive that takes late texts."""
    receipt_no: Mapped[str | None] = mapped_column(unique=True)
    sha256: Mapped[str | None]
    words: Mapped[int | None]
    commitment: Mapped[str | None]

    summons: Mapped[Summons] = relationship()
    version: Mapped[ModuleVersion] = relationship()
    managing_unit: Mapped[Unit | None] = relationship(foreign_keys=managing_unit_id)


class HandIn(Model):
    """One handing in and what its receipt says; never changed, also when the text is returned and handed in anew."""

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id), index=True)
    receipt_no: Mapped[str] = mapped_column(unique=True)
    revision: Mapped[int]
    """Number of the revision that was handed in."""
    sha256: Mapped[str]
    words: Mapped[int]
    commitment: Mapped[str | None]
    form: Mapped[Form] = mapped_column(Word(Form))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    """Who entered it on the author's behalf, and in the next column who approved that; None when the author did it."""
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    reflection: Mapped[Reflection] = relationship()


class Revision(Model):
    """The text after one save; never changed. One that came from a stale page stands aside until its author decides.

    A text is kept whole where `against` is None, else as what changed against that revision. From `whole_at`, which is
    kept whole, every change up to this one leads to it.
    """

    __table_args__ = (UniqueConstraint("reflection_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id))
    number: Mapped[int]
    based_on: Mapped[int]
    """The revision that the page had in front of it."""
    whole_at: Mapped[int]
    against: Mapped[int | None]
    packed: Mapped[bytes]
    sha256: Mapped[str]
    saved_at: Mapped[datetime]
    is_aside: Mapped[bool] = mapped_column(default=False)

    @cached_property
    def texts(self) -> dict[str, str]:
        """The texts by prompt id. One query, unless the text is kept whole or was read together with its row."""
        if self.against is None:
            return self.unpacked([self])
        session = object_session(self)
        assert session is not None
        return self.unpacked(session.scalars(chain(self.reflection_id, self.number)).all())

    def unpacked(self, rows: "Sequence[Revision]") -> dict[str, str]:
        """The texts out of the rows that lead to this one; refused when they are not what was saved."""
        known: dict[int | None, bytes] = {None: b""}
        for row in rows:
            before = known[row.against]
            known[row.number] = (
                packing.unpack_change(before, row.packed) if row.against else packing.unpack_whole(row.packed)
            )
        if packing.digest(known[self.number]) != self.sha256:
            raise RuntimeError(f"revision {self.number} of reflection {self.reflection_id} is not what was saved")
        return packing.to_texts(known[self.number])


def chain(reflection_id: int, number: int | ScalarSelect[int]) -> Select[Revision]:
    """A revision and those before it from which it is unpacked, the whole one first."""
    last = aliased(Revision)
    return (
        select(Revision)
        .join(last, and_(last.reflection_id == Revision.reflection_id, last.whole_at == Revision.whole_at))
        .where(last.reflection_id == reflection_id, last.number == number, Revision.number <= number)
        .order_by(Revision.number)
    )


def kept_whole(texts: Mapping[str, str], number: int) -> dict[str, Any]:
    """The columns of a revision that is kept whole."""
    return kept_as(texts, number, {}, 0, 0)


def kept_as(
    texts: Mapping[str, str], number: int, before: Mapping[str, str], head: int, whole_at: int
) -> dict[str, Any]:
    """The columns of a revision that follows the text of `head`: what changed, where that takes little room."""
    whole = packing.to_bytes(texts)
    row = {"number": number, "sha256": packing.digest(whole)}
    if head and number - whole_at < packing.LONGEST_CHAIN:
        change = packing.pack_change(packing.to_bytes(before), whole)
        if len(change) < len(whole) // 8:
            return row | {"whole_at": whole_at, "against": head, "packed": change}
    return row | {"whole_at": number, "against": None, "packed": packing.pack_whole(whole)}


class Rerouting(Model):
    """A handed-in text went from one unit's queue to another's; `by_id` is None when the worker moved it."""

    __table_args__ = (Index("ix_rerouting_reflection_id", "reflection_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey(Reflection.id))
    from_unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    to_unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    reason: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    at: Mapped[datetime]

    from_unit: Mapped[Unit | None] = relationship(foreign_keys=from_unit_id)
    to_unit: Mapped[Unit | None] = relationship(foreign_keys=to_unit_id)
    by: Mapped[Person | None] = relationship()


class Dispensation(Model):
    """For a person, or for all who are counted under a unit: a later day for the reflection, or none asked for.

    It stays with its reason after it is withdrawn; then it gives nothing any more.
    """

    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (unit_id IS NULL)", name="subject"),
        CheckConstraint("(kind = 'extension') = (until IS NOT NULL)", name="day"),
        Index("ix_dispensation_drive_id", "drive_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id))
    person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    kind: Mapped[Kind] = mapped_column(Word(Kind))
    until: Mapped[datetime | None]
    reason: Mapped[str]
    form_token: Mapped[str] = mapped_column(unique=True)
    """Of the form that made it, so that a form sent twice makes one row."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]

    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    unit: Mapped[Unit | None] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=made_by_id)
