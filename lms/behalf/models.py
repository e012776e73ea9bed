"""The table of entries on somebody's behalf."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.behalf.rules import State
from lms.db import Json, Model, Word
from lms.drives.models import Summons
from lms.people.models import Person
from lms.uploads.models import Bundle


class BehalfEntry(Model):
    """A reflection on paper that somebody enters for its author; at most one undecided for each summons."""

    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> made_by_id", name="second_person"),
        Index(
            "ix_behalf_entry_undecided",
            "summons_id",
            unique=True,
            sqlite_where=text("state IN ('open', 'sent')"),
            postgresql_where=text("state IN ('open', 'sent')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    summons_id: Mapped[int] = mapped_column(ForeignKey(Summons.id), index=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey(Bundle.id), unique=True)
    state: Mapped[State] = mapped_column(Word(State))
    texts: Mapped[dict[str, str]] = mapped_column(Json)
    """What was typed from the paper, by prompt id; may be empty."""
    reason: Mapped[str]
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    note: Mapped[str]

    summons: Mapped[Summons] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=made_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)
