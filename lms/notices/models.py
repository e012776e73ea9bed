"""The table of notices."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Model


class Notice(Model):
    """A sentence to a person, with the page where they can see for themselves. `key` says what it is about: the same
    thing is told to the same person once, however often the work that tells it runs."""

    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index(
            "ix_notice_unread",
            "person_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str]
    kind: Mapped[str]
    text: Mapped[str]
    link: Mapped[str]
    """A path of this server; empty where there is nothing to open."""
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
