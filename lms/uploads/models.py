"""What is gathered for a handing in, and what lay with the text when it was handed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Model, Word
from lms.drives.models import Summons
from lms.people.models import Person
from lms.uploads.rules import Kind, Media, Reading


class Bundle(Model):
    """The files gathered for one handing in: the author's own, or those that somebody gathers on their behalf."""

    __table_args__ = (
        Index("ix_bundle_summons_id", "summons_id"),
        Index(
            "ix_bundle_own",
            "summons_id",
            unique=True,
            sqlite_where=text("is_own"),
            postgresql_where=text("is_own"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    summons_id: Mapped[int] = mapped_column(ForeignKey(Summons.id))
    is_own: Mapped[bool]
    received: Mapped[int] = mapped_column(default=0)
    """Bytes that were ever put into it, also what was taken out again: nobody fills the disk."""
    documents: Mapped[int] = mapped_column(default=0)
    """Documents that were ever put into it: nobody keeps the worker from what others sent."""


class Upload(Model):
    """A document as it came, and what the worker read in it."""

    __table_args__ = (
        Index(
            "ix_upload_waiting",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey(Bundle.id), index=True)
    media: Mapped[Media] = mapped_column(Word(Media))
    name: Mapped[str]
    """As the sender called it; nobody else is shown it."""
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    state: Mapped[Reading] = mapped_column(Word(Reading))
    problem: Mapped[str]
    """Why it was refused, with the cure; empty otherwise."""
    text: Mapped[str] = mapped_column(deferred=True)
    pages: Mapped[int | None]
    tries: Mapped[int]
    taken_until: Mapped[datetime | None]
    """A worker reads it until then at the latest; after that another one may."""
    confirmed_at: Mapped[datetime | None]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))


class ScanPage(Model):
    """A photographed or scanned page, made small and upright."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey(Bundle.id), index=True)
    upload_id: Mapped[int | None] = mapped_column(ForeignKey(Upload.id))
    """The scanned PDF out of which it came."""
    position: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]


class Enclosure(Model):
    """What lay with a text when it was handed in, in order; never changed, also when the text is handed in anew."""

    __table_args__ = (UniqueConstraint("receipt_no", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    summons_id: Mapped[int] = mapped_column(ForeignKey(Summons.id), index=True)
    receipt_no: Mapped[str]
    position: Mapped[int]
    kind: Mapped[Kind] = mapped_column(Word(Kind))
    media: Mapped[Media] = mapped_column(Word(Media))
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    pages: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
