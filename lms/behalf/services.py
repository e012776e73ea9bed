"""Entering a reflection on somebody's behalf, and the second person's decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from lms import access, audit
from lms.access import Action
from lms.behalf import queries, rules
from lms.behalf.models import BehalfEntry
from lms.behalf.rules import State
from lms.db import db, transaction
from lms.drives.models import Drive, Summons
from lms.errors import Refused
from lms.notices.services import notify
from lms.papers.rules import dealt
from lms.people.viewer import SignedIn, acting_as
from lms.reflections import queries as reflections
from lms.reflections import rules as reflection_rules
from lms.reflections import services as reflection_services
from lms.reflections.dispensations import deadline_of
from lms.reflections.rules import MOST_CHARACTERS, OPEN_TO_AUTHOR
from lms.reflections.services import Entered, clean_text
from lms.uploads import queries as uploads
from lms.uploads import services as upload_services
from lms.uploads.rules import Change, Reading


def start(drive: Drive, summons: Summons, reason: str, *, by: SignedIn, at: datetime) -> BehalfEntry:
    """Begin an entry for somebody within reach; one at a time for each."""
    access.require(by, Action.ENTER_ON_BEHALF, summons.unit_id)
    if not reason.strip():
        raise Refused(_("Đồng chí ghi vì sao nhập thay, ví dụ “không dùng được máy, nộp bài viết tay”."))
    desk = reflections.desk_for(acting_as(summons.person), drive.code)
    if desk.reflection is not None and desk.reflection.state not in OPEN_TO_AUTHOR:
        raise Refused(_("Bài của người này đã nộp rồi."))
    try:
        with transaction() as session:
            entry = BehalfEntry(
                summons_id=summons.id,
                bundle_id=upload_services.new_bundle(summons.id),
                state=State.OPEN,
                texts={},
                reason=reason.strip()[: rules.MOST_REASON],
                made_by_id=by.person_id,
                made_at=at,
                note="",
            )
            session.add(entry)
            session.flush()
            return entry
    except IntegrityError:
        raise Refused(_("Đang có người nhập thay bài của người này.")) from None


def _open(viewer: SignedIn, entry: BehalfEntry) -> uploads.Contents:
    """What was gathered for the entry, seen before anything is drawn or kept; refused as `_held`, holding nothing."""
    if refusal := rules.refusal_to_change(entry.state, is_maker=entry.made_by_id == viewer.person_id):
        raise Refused(refusal)
    return uploads.contents(entry.bundle_id)


def _held(viewer: SignedIn, entry: BehalfEntry) -> BehalfEntry:
    """The entry as it stands now, kept until the transaction ends; refused unless it is the viewer's to change."""
    session = db.session
    session.refresh(entry, with_for_update=True, attribute_names=["state", "texts", "sent_at"])
    if refusal := rules.refusal_to_change(entry.state, is_maker=entry.made_by_id == viewer.person_id):
        raise Refused(refusal)
    return entry


def add_document(entry: BehalfEntry, name: str, data: bytes, *, by: SignedIn, at: datetime) -> None:
    upload_services.ask_for_document(_open(by, entry), data)
    kept = upload_services.keep_document(name, data)
    with transaction():
        upload_services.add_document(_held(by, entry).bundle_id, kept, by=by.person_id, at=at)


def add_photos(entry: BehalfEntry, photos: Sequence[bytes], *, by: SignedIn) -> None:
    if not photos:
        raise Refused(_("Đồng chí chưa chọn ảnh nào."))
    upload_services.ask_for_pages(_open(by, entry), len(photos))
    kept = upload_services.keep_photos(photos)
    with transaction():
        upload_services.add_pages(_held(by, entry).bundle_id, kept)


def remove_document(entry: BehalfEntry, upload_id: int, *, by: SignedIn) -> None:
    with transaction():
        upload_services.remove_document(uploads.upload(_held(by, entry).bundle_id, upload_id))


def change_page(entry: BehalfEntry, page_id: int, change: Change, *, by: SignedIn) -> None:
    _open(by, entry)
    drawn = upload_services.redrawn(uploads.page(entry.bundle_id, page_id), change)
    with transaction():
        upload_services.change_page(uploads.page(_held(by, entry).bundle_id, page_id), change, drawn)


def proposed_texts(entry: BehalfEntry, contents: uploads.Contents) -> dict[str, str]:
    """What was typed; before anything was, what the worker read in the first document."""
    prompts = queries.prompts_of(entry)
    read = next((one.text for one in contents.uploads if one.state is Reading.READ and one.text), "")
    typed = any(entry.texts.values())
    return {prompt.id: entry.texts.get(prompt.id, "") for prompt in prompts} if typed else dealt(read, prompts)


def keep_texts(entry: BehalfEntry, texts: Mapping[str, str], *, by: SignedIn, at: datetime) -> None:
    """Keep what was typed from the paper; what was read in a document counts as looked through with it."""
    clean = {prompt.id: clean_text(texts.get(prompt.id, "")) for prompt in queries.prompts_of(entry)}
    if sum(map(len, clean.values())) > MOST_CHARACTERS:
        raise Refused(_("Bài dài quá. Đồng chí rút gọn rồi lưu lại."))
    with transaction():
        held = _held(by, entry)
        held.texts = clean
        for upload in uploads.contents(held.bundle_id).uploads:
            if upload.state is Reading.READ:
                upload.confirmed_at = upload.confirmed_at or at


def send(entry: BehalfEntry, *, by: SignedIn, at: datetime) -> None:
    """Lay the entry before a second person, and tell the author."""
    with transaction():
        held = _held(by, entry)
        contents = uploads.contents(held.bundle_id)
        if contents.is_empty:
            raise Refused(_("Chưa có bản giấy. Đồng chí gửi ảnh chụp hoặc bản quét bài viết tay."))
        if reasons := contents.refusals + _lacks(held, contents, at):
            raise Refused(" ".join(reasons))
        held.state, held.sent_at = State.SENT, at
        drive, author = held.summons.drive, held.summons.person
        told = _("%(name)s đã nhập thay bài thu hoạch của đồng chí, đang chờ người thứ hai duyệt.", name=by.full_name)
        _tell(author.id, held, "sent", told, f"/reflections/{drive.code}/", at)
        _record("enter_on_behalf", held, by=by, at=at, reason=held.reason)


def _lacks(entry: BehalfEntry, contents: uploads.Contents, at: datetime) -> list[str]:
    """What handing in would refuse, asked already when the entry is sent."""
    desk = reflections.desk_for(acting_as(entry.summons.person), entry.summons.drive.code)
    state = desk.reflection.state if desk.reflection else reflection_rules.State.DRAFT
    written = reflection_rules.parts(desk.prompts, entry.texts)
    form = reflections.form_of(contents)
    opens_at = entry.summons.drive.opens_at
    return reflection_rules.refusals_to_hand_in(state, written, opens_at, deadline_of(desk, at), at, form)


def withdraw(entry: BehalfEntry, *, by: SignedIn, at: datetime) -> None:
    """Drop an entry that nobody has decided about; only who made it may."""
    with transaction() as session:
        session.refresh(entry, with_for_update=True, attribute_names=["state"])
        if entry.made_by_id != by.person_id or entry.state not in rules.UNDECIDED:
            raise Refused(_("Bài này không còn bỏ được."))
        if entry.state is State.SENT:
            _record("drop_entry", entry, by=by, at=at)
        entry.state = State.WITHDRAWN


def approve(entry: BehalfEntry, *, by: SignedIn, at: datetime) -> None:
    """Hand the text in for its author, in time if the entry was sent in time; what they had typed stays in history."""
    with transaction():
        _decide(entry, State.APPROVED, by=by, at=at)
        drive, author = entry.summons.drive, acting_as(entry.summons.person)
        desk = reflections.desk_for(author, drive.code)
        head = desk.reflection.head if desk.reflection else 0
        saved = reflection_services.save(author, drive.code, entry.texts, head, at=at)
        contents = uploads.contents(entry.bundle_id)
        entered = Entered(entry.made_by_id, by.person_id, contents)
        in_time = entry.sent_at or at
        files = contents.fingerprint
        reflection_services.hand_in(author, drive.code, number=saved.number, files=files, entered=entered, at=in_time)
        told = _("Bài thu hoạch của đồng chí đã nộp. %(label)s.", label=label_of(entry, by))
        link = f"/reflections/{drive.code}/receipt"
        _tell(author.person_id, entry, "approved", told, link, at)


def label_of(entry: BehalfEntry, by: SignedIn) -> str:
    return rules.label(entry.made_by.full_name, by.full_name)


def turn_down(entry: BehalfEntry, note: str, *, by: SignedIn, at: datetime) -> None:
    """Send the entry back to nothing, with the reason; its paper stays with it, and another entry may be begun."""
    if not note.strip():
        raise Refused(_("Đồng chí ghi vì sao không duyệt."))
    with transaction():
        _decide(entry, State.TURNED_DOWN, by=by, at=at, note=note.strip()[: rules.MOST_REASON])
        drive, author = entry.summons.drive, entry.summons.person
        link = f"/behalf/{drive.code}/{entry.id}"
        told = _("Bài nhập thay cho %(name)s không được duyệt: %(why)s", name=author.full_name, why=entry.note)
        _tell(entry.made_by_id, entry, "turned_down", told, link, at)
        told = _("Bài thu hoạch nhập thay đồng chí chưa được duyệt nên chưa nộp.")
        _tell(author.id, entry, "turned_down", told, f"/reflections/{drive.code}/", at)


def _decide(entry: BehalfEntry, state: State, *, by: SignedIn, at: datetime, note: str = "") -> None:
    access.require(by, Action.ENTER_ON_BEHALF, entry.summons.unit_id)
    db.session.refresh(entry, with_for_update=True, attribute_names=["state", "texts", "sent_at"])
    is_author = entry.summons.person_id == by.person_id
    if refusal := rules.refusal_to_decide(entry.state, is_maker=entry.made_by_id == by.person_id, is_author=is_author):
        raise Refused(refusal)
    entry.state, entry.decided_by_id, entry.decided_at, entry.note = state, by.person_id, at, note
    _record("approve_entry" if state is State.APPROVED else "turn_down_entry", entry, by=by, at=at, reason=note or None)


def _record(action: str, entry: BehalfEntry, *, by: SignedIn, at: datetime, reason: str | None = None) -> None:
    facts = {"drive": entry.summons.drive.code, "made_by": entry.made_by_id}
    audit.record(
        action,
        "behalf_entry",
        entry.id,
        by=by.person_id,
        on_behalf_of=entry.summons.person_id,
        at=at,
        after=facts,
        reason=reason,
    )


def _tell(person_id: int, entry: BehalfEntry, what: str, text: str, link: str, at: datetime) -> None:
    notify(person_id, kind="behalf", key=f"behalf:{entry.id}:{what}", text=text, link=link, at=at)
