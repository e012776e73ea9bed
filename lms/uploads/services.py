"""Gathering files and pages, reading them, and freezing what lay with a text.

Who may change a bundle, and when, is decided by the step that calls: it holds the text for as long.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select, union, update

from lms import clock
from lms.db import db, storable, transaction, upsert
from lms.errors import Refused
from lms.imports import chunks
from lms.refusals import Unreadable
from lms.uploads import pdfs, pictures, queries, reading, rules, store
from lms.uploads.models import Bundle, Enclosure, ScanPage, Upload
from lms.uploads.queries import Contents
from lms.uploads.rules import Change, Kind, Media, Reading

READS_FOR = timedelta(seconds=reading.SECONDS + 30)
MOST_TRIES = 3


@dataclass(frozen=True)
class Kept:
    """A document whose bytes lie in the store, and that no bundle names yet."""

    media: Media
    name: str
    sha256: str
    size: int


def keep_document(name: str, data: bytes) -> Kept:
    """Look at a document's first bytes and keep it; a refusal says in one sentence what to do."""
    media, refusal = rules.media_of(name, data)
    if media is None:
        raise Refused(refusal)
    return Kept(media, storable(rules.name_kept(name)), store.put(data), len(data))


def keep_photos(photos: Sequence[bytes]) -> list[tuple[str, pictures.Picture]]:
    """Make pages out of photos and keep them, all or none; the refusal names the photo."""
    made = []
    for number, photo in enumerate(photos, 1):
        try:
            made.append(pictures.page_of(photo))
        except Unreadable as refused:
            which = _("Ảnh thứ %(n)s: ", n=number) if len(photos) > 1 else ""
            raise Refused(f"{which}{refused.sentence}") from None
    return [(store.put(picture.data), picture) for picture in made]


def own_bundle(summons_id: int) -> int:
    """The bundle of a summoned person, made when there is none. Belongs inside a transaction."""
    wanted = select(Bundle.id).where(Bundle.summons_id == summons_id, Bundle.is_own)
    bundle = db.session.scalar(wanted)
    if bundle is None:
        db.session.execute(
            upsert(Bundle).values(summons_id=summons_id, is_own=True, received=0).on_conflict_do_nothing()
        )
        bundle = db.session.scalars(wanted).one()
    return bundle


def new_bundle(summons_id: int) -> int:
    """A bundle for an entry on somebody's behalf. Belongs inside a transaction."""
    bundle = Bundle(summons_id=summons_id, is_own=False)
    db.session.add(bundle)
    db.session.flush()
    return bundle.id


def ask_for_document(contents: Contents, data: bytes) -> None:
    """Refuse a document that would find no room, before its bytes are kept; `add_document` asks again."""
    digest = sha256(data).hexdigest()
    if all(one.sha256 != digest for one in contents.uploads):
        _ask_for_files(len(contents.uploads))
        _ask_over_time(db.session.get(Bundle, contents.bundle_id), len(data), documents=1)


def ask_for_pages(contents: Contents, count: int) -> None:
    """Refuse photos that would find no room, before they are drawn and kept; `add_pages` asks again."""
    _ask_for_pages(len(contents.pages), count)
    _ask_over_time(db.session.get(Bundle, contents.bundle_id), count * pictures.MOST_BYTES)


def _ask_for_files(here: int) -> None:
    if here >= rules.MOST_FILES:
        raise Refused(_("Một bài nhận nhiều nhất %(n)s tệp. Đồng chí bỏ bớt tệp rồi gửi.", n=rules.MOST_FILES))


def _ask_for_pages(here: int, count: int) -> None:
    if here + count > rules.MOST_PAGES:
        raise Refused(_("Một bài nhận nhiều nhất %(n)s trang; đang có %(here)s trang.", n=rules.MOST_PAGES, here=here))


def _ask_over_time(bundle: Bundle | None, size: int, documents: int = 0) -> None:
    received, came = (bundle.received, bundle.documents) if bundle else (0, 0)
    if received + size > rules.MOST_RECEIVED or came + documents > rules.MOST_DOCUMENTS:
        raise Refused(_("Đồng chí đã gửi quá nhiều tệp cho bài này. Đồng chí liên hệ ban tổ chức để được giúp."))


def _count(bundle_id: int, size: int, documents: int = 0) -> None:
    """Note what goes into the bundle; refused when it was too much over time."""
    bundle = db.session.get_one(Bundle, bundle_id, populate_existing=True)
    _ask_over_time(bundle, size, documents)
    bundle.received += size
    bundle.documents += documents


def add_document(bundle_id: int, kept: Kept, *, by: int, at: datetime) -> Upload:
    """Put a kept document into the bundle, for the worker to read. The same file twice is there once."""
    here = queries.contents(bundle_id).uploads
    if same := next((one for one in here if one.sha256 == kept.sha256), None):
        return same
    _ask_for_files(len(here))
    _count(bundle_id, kept.size, documents=1)
    upload = Upload(
        bundle_id=bundle_id,
        media=kept.media,
        name=kept.name,
        sha256=kept.sha256,
        size=kept.size,
        state=Reading.WAITING,
        problem="",
        text="",
        tries=0,
        added_at=at,
        added_by_id=by,
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def add_pages(bundle_id: int, kept: Sequence[tuple[str, pictures.Picture]], *, upload_id: int | None = None) -> None:
    """Put pages behind those that are there."""
    here, last = db.session.execute(
        select(func.count(), func.max(ScanPage.position)).where(ScanPage.bundle_id == bundle_id)
    ).one()
    _ask_for_pages(here, len(kept))
    _count(bundle_id, sum(len(picture.data) for _digest, picture in kept))
    db.session.add_all(
        ScanPage(
            bundle_id=bundle_id,
            upload_id=upload_id,
            position=position,
            sha256=digest,
            size=len(picture.data),
            width=picture.width,
            height=picture.height,
        )
        for position, (digest, picture) in enumerate(kept, (last or 0) + 1)
    )
    db.session.flush()


def remove_document(upload: Upload) -> None:
    """Take a document out of its bundle, with the pages that came out of it."""
    db.session.execute(delete(ScanPage).where(ScanPage.upload_id == upload.id))
    db.session.delete(upload)
    db.session.flush()


@dataclass(frozen=True)
class Redrawn:
    """Another drawing of a page, kept already: the page had `old` when it was drawn."""

    old: str
    sha256: str
    picture: pictures.Picture


def redrawn(page: ScanPage, change: Change) -> Redrawn | None:
    """The page as this change draws it, before the transaction of the change; None where nothing is drawn.

    Refused where the bundle has no room for it. The caller has seen that the page may be changed.
    """
    if change not in (Change.TURN, Change.STRAIGHTEN):
        return None
    _ask_over_time(db.session.get(Bundle, page.bundle_id), pictures.MOST_BYTES)
    data = store.get(page.sha256)
    picture = pictures.straightened(data) if change is Change.STRAIGHTEN else pictures.turned(data, 1)
    return Redrawn(page.sha256, store.put(picture.data), picture)


def change_page(page: ScanPage, change: Change, drawn: Redrawn | None) -> None:
    """Put a page a place earlier or later, give it its new drawing, or take it out. Inside a transaction."""
    if change is Change.REMOVE:
        db.session.delete(page)
    elif change in (Change.UP, Change.DOWN):
        pages = {one.id: one for one in queries.contents(page.bundle_id).pages}
        for position, page_id in enumerate(rules.moved(list(pages), page.id, -1 if change is Change.UP else 1), 1):
            pages[page_id].position = position
    elif drawn is not None and page.sha256 == drawn.old:
        picture = drawn.picture
        _count(page.bundle_id, len(picture.data))
        page.sha256, page.size = drawn.sha256, len(picture.data)
        page.width, page.height = picture.width, picture.height
    db.session.flush()


# --- Reading ----------------------------------------------------------------------------------------------------------


def read_due(*, most: int | None) -> int:
    """Read the documents that wait, so many at most; return how many. Each is leased from its own moment on."""
    count = 0
    while (most is None or count < most) and read_next(at=clock.now()):
        count += 1
    return count


def read_next(*, at: datetime) -> bool:
    """Read the document that waits longest; False when none does.

    Taking it is a lease: who dies in the middle leaves it to the next worker, and a file that nobody could finish is
    refused after a few tries.
    """
    free = or_(Upload.taken_until.is_(None), Upload.taken_until < at)
    due = select(Upload).where(Upload.state == Reading.WAITING, free).order_by(Upload.id).limit(1)
    if db.session.execute(due.with_only_columns(Upload.id)).first() is None:
        return False
    with transaction() as session:
        upload = session.scalars(
            due.with_for_update(skip_locked=True).execution_options(populate_existing=True)
        ).first()
        if upload is None:
            return False
        upload.taken_until, upload.tries = at + READS_FOR, upload.tries + 1
    try:
        content = reading.read(upload.media, store.path_of(upload.sha256))
        kept = [(store.put(one), pictures.measured(one)) for one in content.pictures]
    except Unreadable as refused:
        _note_refusal(upload.id, refused.sentence)
    except reading.Interrupted:
        if upload.tries < MOST_TRIES:
            _give_back(upload.id)
        else:
            _note_refusal(upload.id, _("Máy chủ không đọc được tệp này. Đồng chí lưu lại thành tệp mới rồi gửi."))
    else:
        _note_content(upload.id, content, kept, at)
    return True


def _give_back(upload_id: int) -> None:
    with transaction() as session:
        session.execute(update(Upload).where(Upload.id == upload_id).values(taken_until=None))


def _note_refusal(upload_id: int, sentence: str) -> None:
    with transaction() as session:
        waiting = update(Upload).where(Upload.id == upload_id, Upload.state == Reading.WAITING)
        session.execute(waiting.values(state=Reading.REFUSED, problem=sentence))


def _note_content(
    upload_id: int, content: reading.Content, kept: Sequence[tuple[str, pictures.Picture]], at: datetime
) -> None:
    """Note what was read, unless the file was taken away meanwhile or another worker was faster."""
    with transaction() as session:
        upload = session.get(Upload, upload_id, with_for_update=True, populate_existing=True)
        if upload is None or upload.state is not Reading.WAITING:
            return
        upload.state, upload.text, upload.pages = Reading.READ, content.text, content.pages
        if not kept:
            return
        upload.confirmed_at = at
        try:
            add_pages(upload.bundle_id, kept, upload_id=upload.id)
        except Refused as refused:
            upload.state, upload.problem = Reading.REFUSED, refused.sentence


# --- Freezing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sealed:
    """A bundle ready to lie with a text, the pages of a scan put together in one PDF that lies in the store."""

    contents: Contents
    scan_sha256: str = ""
    scan_size: int = 0

    @property
    def covered(self) -> list[str]:
        """The SHA-256 of each file that the receipt vouches for, as `queries.covered` of what is enclosed."""
        scan = [self.scan_sha256] if self.scan_sha256 else []
        return [one.sha256 for one in self.contents.uploads] + scan


def sealed(contents: Contents) -> Sealed:
    """Put the pages together, before the transaction that hands in, for that takes a while."""
    if contents.is_empty or not contents.pages:
        return Sealed(contents)
    scan = pdfs.one_pdf([store.get(page.sha256) for page in contents.pages])
    return Sealed(contents, store.put(scan), len(scan))


def enclose(bundle: Sealed, summons_id: int, receipt_no: str) -> None:
    """Note what lies with the text of this receipt, for good."""
    facts: list[dict[str, object]] = [
        {"kind": Kind.ORIGINAL, "media": one.media, "sha256": one.sha256, "size": one.size, "pages": one.pages}
        for one in bundle.contents.uploads
    ]
    pages = bundle.contents.pages
    if pages:
        scan = {"sha256": bundle.scan_sha256, "size": bundle.scan_size, "pages": len(pages)}
        facts.append({"kind": Kind.SCAN, "media": Media.PDF, **scan})
    for page in pages:
        measures = {"size": page.size, "width": page.width, "height": page.height}
        facts.append({"kind": Kind.PAGE, "media": Media.JPEG, "sha256": page.sha256, **measures})
    db.session.add_all(
        Enclosure(summons_id=summons_id, receipt_no=receipt_no, position=position, **fact)
        for position, fact in enumerate(facts, 1)
    )
    db.session.flush()


# --- Forgetting -------------------------------------------------------------------------------------------------------


def forget_unused(*, at: datetime) -> int:
    """Delete kept files that no row names any more; return how many.

    The same content may be sent again at this very moment: a file is put aside first, and comes back when it turns out
    to have become young or named meanwhile. Whoever dies in between leaves that to the next run.
    """
    gone = 0
    for places in chunks(store.old_ones(at)):
        used = _named(places)
        aside = []
        for place in places:
            if place.name not in used:
                with suppress(FileNotFoundError):  # another worker is at the same
                    aside.append(store.put_aside(place))
        used = _named(aside)
        for place in aside:
            with suppress(FileNotFoundError):
                if store.digest_of(place) in used or not store.is_old(place, at):
                    store.bring_back(place)
                else:
                    place.unlink()
                    gone += 1
    return gone


def _named(places: Sequence[Path]) -> set[str]:
    """The digests of these files that a row names at this moment, whatever was read before."""
    digests = [store.digest_of(place) for place in places]
    named = union(*(select(model.sha256).where(model.sha256.in_(digests)) for model in (Upload, ScanPage, Enclosure)))
    db.session.rollback()
    return set(db.session.scalars(named))
