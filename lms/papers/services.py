"""What an author does with files and pages while the text is not handed in; each holds the text for as long."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _

from lms import audit
from lms.db import transaction
from lms.errors import Refused
from lms.people.viewer import SignedIn
from lms.reflections import queries as reflection_queries
from lms.reflections import rules as reflection_rules
from lms.reflections import services as reflections
from lms.reflections.models import Reflection
from lms.reflections.services import Saved
from lms.uploads import queries
from lms.uploads import services as uploads
from lms.uploads.models import Enclosure, Upload
from lms.uploads.queries import Contents
from lms.uploads.rules import Change, Reading


def _bundle(viewer: SignedIn, drive_code: str) -> int:
    """The viewer's own bundle, with their text held until the transaction ends."""
    return uploads.own_bundle(reflections.hold(viewer, drive_code))


def _open(viewer: SignedIn, drive_code: str) -> Contents:
    """What lies with the viewer's text, seen before anything is drawn or kept; refused when it is handed in already.

    Nothing is held yet: what is done for long is done after this and before `_bundle`.
    """
    desk = reflection_queries.desk_for(viewer, drive_code)
    if desk.reflection and (refusal := reflection_rules.refusal_to_save(desk.reflection.state, {})):
        raise Refused(refusal)
    return queries.own_contents(desk.summons.id)


def send_document(viewer: SignedIn, drive_code: str, name: str, data: bytes, *, at: datetime) -> Upload:
    """Put a document with the viewer's text; the worker reads it. The viewer has been seen to have that text."""
    uploads.ask_for_document(_open(viewer, drive_code), data)
    kept = uploads.keep_document(name, data)
    with transaction():
        return uploads.add_document(_bundle(viewer, drive_code), kept, by=viewer.person_id, at=at)


def send_photos(viewer: SignedIn, drive_code: str, photos: Sequence[bytes], *, at: datetime) -> None:
    """Put photographed pages behind those that are there, all of them or none."""
    if not photos:
        raise Refused(_("Đồng chí chưa chọn ảnh nào."))
    uploads.ask_for_pages(_open(viewer, drive_code), len(photos))
    kept = uploads.keep_photos(photos)
    with transaction():
        uploads.add_pages(_bundle(viewer, drive_code), kept)


def remove_document(viewer: SignedIn, drive_code: str, upload_id: int) -> None:
    with transaction():
        uploads.remove_document(queries.upload(_bundle(viewer, drive_code), upload_id))


def change_page(viewer: SignedIn, drive_code: str, page_id: int, change: Change) -> None:
    """Put a page elsewhere, draw it anew, or take it out."""
    with transaction():
        shown = queries.page(_bundle(viewer, drive_code), page_id)
    drawn = uploads.redrawn(shown, change)
    with transaction():
        uploads.change_page(queries.page(_bundle(viewer, drive_code), page_id), change, drawn)


def confirm(
    viewer: SignedIn, drive_code: str, upload_id: int, texts: Mapping[str, str], based_on: int, *, at: datetime
) -> Saved:
    """Take what was read in a document, as its author corrected it, for the text; the old one stays in history."""
    with transaction():
        upload = queries.upload(_bundle(viewer, drive_code), upload_id)
        if upload.state is not Reading.READ:
            raise Refused(_("Tệp này chưa đọc xong. Đồng chí chờ một lát."))
        upload.confirmed_at = at
        return reflections.save(viewer, drive_code, texts, based_on, at=at)


def note_download(reflection: Reflection, file: Enclosure, *, by: SignedIn, at: datetime) -> None:
    """Somebody else than the author takes an original away: that is kept in the audit trail."""
    facts = {"receipt": file.receipt_no, "sha256": file.sha256, "kind": file.kind}
    audit.record("download_original", "reflection", reflection.id, by=by.person_id, at=at, after=facts)
