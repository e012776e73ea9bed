"""What lies in a bundle, and what lay with a text that was handed in. Who may ask is the caller's to see to."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select

from lms.db import db
from lms.errors import NotFound
from lms.uploads import rules
from lms.uploads.models import Bundle, Enclosure, ScanPage, Upload
from lms.uploads.rules import Held, Kind, Reading


@dataclass(frozen=True)
class Contents:
    """A bundle with its documents, oldest first, and its pages in order."""

    bundle_id: int
    uploads: Sequence[Upload]
    pages: Sequence[ScanPage]

    @property
    def is_empty(self) -> bool:
        return not self.uploads and not self.pages

    @property
    def is_waiting(self) -> bool:
        """The worker has not read everything yet."""
        return any(upload.state is Reading.WAITING for upload in self.uploads)

    @property
    def refusals(self) -> list[str]:
        """What has to be seen to before this can lie with a text that is handed in."""
        held = (Held(one.name, one.state, one.confirmed_at is not None) for one in self.uploads)
        return rules.refusals_to_enclose(list(held))

    @property
    def fingerprint(self) -> str:
        """Changes whenever a file or the order of the pages does; empty for an empty bundle."""
        names = [upload.sha256 for upload in self.uploads] + [page.sha256 for page in self.pages]
        return hashlib.sha256(" ".join(names).encode()).hexdigest() if names else ""


NOTHING = Contents(0, (), ())


def own_contents(summons_id: int) -> Contents:
    """What the summoned person has gathered. One query where that is nothing, else two."""
    return _gathered(and_(Bundle.summons_id == summons_id, Bundle.is_own))


def contents(bundle_id: int) -> Contents:
    return _gathered(Bundle.id == bundle_id)


def _gathered(chosen: ColumnElement[bool]) -> Contents:
    uploads = select(Bundle.id, Upload).outerjoin(Upload, Upload.bundle_id == Bundle.id).where(chosen)
    rows = db.session.execute(uploads.order_by(Upload.id)).all()
    if not rows:
        return NOTHING
    bundle_id = rows[0][0]
    pages = select(ScanPage).where(ScanPage.bundle_id == bundle_id).order_by(ScanPage.position, ScanPage.id)
    return Contents(bundle_id, [upload for _id, upload in rows if upload], db.session.scalars(pages).all())


def upload(bundle_id: int, upload_id: int) -> Upload:
    """A document of this bundle."""
    found = db.session.scalars(
        select(Upload).where(Upload.id == upload_id, Upload.bundle_id == bundle_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def page(bundle_id: int, page_id: int) -> ScanPage:
    """A page of this bundle."""
    found = db.session.scalars(
        select(ScanPage).where(ScanPage.id == page_id, ScanPage.bundle_id == bundle_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def enclosures(receipt_no: str) -> Sequence[Enclosure]:
    """What lay with the text of this receipt, in order. One query."""
    return db.session.scalars(
        select(Enclosure).where(Enclosure.receipt_no == receipt_no).order_by(Enclosure.position)
    ).all()


def enclosure(receipt_no: str, position: int, kinds: Collection[Kind]) -> Enclosure:
    """One of them, of one of these kinds."""
    found = db.session.scalars(
        select(Enclosure).where(
            Enclosure.receipt_no == receipt_no, Enclosure.position == position, Enclosure.kind.in_(kinds)
        )
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def covered(rows: Sequence[Enclosure]) -> list[str]:
    """The SHA-256 of the files that the receipt's own covers: the originals, and the scan as one PDF."""
    return [row.sha256 for row in rows if row.kind is not Kind.PAGE]
