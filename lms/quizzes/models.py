"""Attempts and answers."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.content.models import Module, ModuleVersion
from lms.db import Json, Model
from lms.drives.models import Summons


class Attempt(Model):
    """One go at a module's quiz under a summons; at most one is open at a time.

    The result is worked out at hand-in from answers that never change afterwards, so it can be worked out again.
    """

    __table_args__ = (
        UniqueConstraint("summons_id", "module_id", "number"),
        Index(
            "uq_attempt_open",
            "summons_id",
            "module_id",
            unique=True,
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
        Index(
            "ix_attempt_due",
            "due_at",
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    summons_id: Mapped[int] = mapped_column(ForeignKey(Summons.id))
    module_id: Mapped[int] = mapped_column(ForeignKey(Module.id))
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id))
    number: Mapped[int]
    seed: Mapped[int]
    question_keys: Mapped[list[str]] = mapped_column(Json)
    """The questions drawn, in the order shown."""
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    by_timeout: Mapped[bool] = mapped_column(default=False)
    points: Mapped[float | None]
    """Out of the number of questions."""
    passed: Mapped[bool | None]


class Answer(Model):
    """The latest answer to a question of an attempt. `counter` is the client's own: a late or repeated save loses."""

    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id), primary_key=True)
    question_key: Mapped[str] = mapped_column(primary_key=True)
    chosen: Mapped[list[str]] = mapped_column(Json)
    """Option ids, never positions."""
    counter: Mapped[int] = mapped_column(BigInteger)
    saved_at: Mapped[datetime]
