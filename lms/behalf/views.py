"""The list of entries, the entry with its paper, and the decision."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, audit, clock
from lms.access import Action
from lms.behalf import queries, rules, services
from lms.behalf.models import BehalfEntry
from lms.behalf.rules import STATE_NAMES, State
from lms.errors import Refused, wants_json
from lms.papers.views import change_asked, download, picture
from lms.reflections import queries as reflections
from lms.reflections import rules as reflection_rules
from lms.uploads import queries as uploads
from lms.uploads.rules import MOST_OF_PHOTOS, MOST_PAGES, Reading
from lms.web import current_user, number, takes_up_to

bp = Blueprint("behalf", __name__, url_prefix="/behalf")


def _label(receipt_no: str) -> str:
    names = reflections.entered_by(receipt_no)
    return rules.label(*names) if names else ""


bp.add_app_template_global(_label, "behalf_label")  # the receipt, the desk and the result ask


@bp.get("/<drive>/")
def entries(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ENTER_ON_BEHALF)
    return _list(drive)


def _list(code: str, *, refusal: str = "", reason: str = "") -> str:
    drive, words = queries.drive_for(current_user, code), request.values.get("q", "").strip()[:100]
    return render_template(
        "behalf/entries.html",
        drive=drive,
        entries=queries.entries(current_user, drive),
        words=words,
        found=queries.without_hand_in(current_user, drive, words) if words else (),
        states=STATE_NAMES,
        State=State,
        refusal=refusal,
        reason=reason,
    )


@bp.post("/<drive>/")
def start(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ENTER_ON_BEHALF)
    found = queries.drive_for(current_user, drive)
    summons = queries.summons_for(current_user, found, request.form.get("summons", 0, number))
    reason = request.form.get("reason", "")
    try:
        entry = services.start(found, summons, reason, by=current_user, at=clock.now())
    except Refused as refused:
        return _list(drive, refusal=refused.sentence, reason=reason), 422
    return redirect(url_for("behalf.entry", drive=drive, entry_id=entry.id))


def _entry(drive: str, entry_id: int) -> BehalfEntry:
    access.require(current_user, Action.ENTER_ON_BEHALF)
    return queries.entry_for(current_user, drive, entry_id)


@bp.get("/<drive>/<int:entry_id>")
def entry(drive: str, entry_id: int) -> ResponseReturnValue:
    return _page(_entry(drive, entry_id))


def _page(entry: BehalfEntry, *, refusal: str = "", texts: dict[str, str] | None = None) -> str:
    contents = uploads.contents(entry.bundle_id)
    is_maker = entry.made_by_id == current_user.person_id
    shown = services.proposed_texts(entry, contents) if texts is None else texts
    return render_template(
        "behalf/entry.html",
        entry=entry,
        drive=entry.summons.drive,
        contents=contents,
        parts=reflection_rules.parts(queries.prompts_of(entry), shown),
        is_open=rules.refusal_to_change(entry.state, is_maker=is_maker) is None,
        is_maker=is_maker,
        may_decide=rules.refusal_to_decide(entry.state, is_maker=is_maker, is_author=False) is None,
        states=STATE_NAMES,
        State=State,
        Reading=Reading,
        most_pages=MOST_PAGES,
        refusal=refusal,
        note=request.form.get("note", ""),
    )


@bp.post("/<drive>/<int:entry_id>")
def save(drive: str, entry_id: int) -> ResponseReturnValue:
    found = _entry(drive, entry_id)
    prefix = "text-"
    texts = {name.removeprefix(prefix): value for name, value in request.form.items() if name.startswith(prefix)}
    try:
        services.keep_texts(found, texts, by=current_user, at=clock.now())
        if request.form.get("then") == "send":
            services.send(found, by=current_user, at=clock.now())
            flash(_("Đã gửi. Bài nộp khi một người khác duyệt."))
            return redirect(url_for("behalf.entries", drive=drive))
    except Refused as refused:
        return _page(found, refusal=refused.sentence, texts=texts), 422
    flash(_("Đã lưu."))
    return _back(drive, entry_id)


def _back(drive: str, entry_id: int, place: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("behalf.entry", drive=drive, entry_id=entry_id, _anchor=place))


@bp.post("/<drive>/<int:entry_id>/files")
def add_document(drive: str, entry_id: int) -> ResponseReturnValue:
    found, file = _entry(drive, entry_id), request.files.get("file")
    name, data = (file.filename or "", file.read()) if file else ("", b"")
    try:
        services.add_document(found, name, data, by=current_user, at=clock.now())
    except Refused as refused:
        return _page(found, refusal=refused.sentence), 422
    return _back(drive, entry_id, "ban-giay")


@bp.post("/<drive>/<int:entry_id>/photos")
@takes_up_to(MOST_OF_PHOTOS)
def add_photos(drive: str, entry_id: int) -> ResponseReturnValue:
    found = _entry(drive, entry_id)
    photos = [data for file in request.files.getlist("photos")[: MOST_PAGES + 1] if (data := file.read())]
    try:
        services.add_photos(found, photos, by=current_user)
    except Refused as refused:
        if wants_json():
            raise
        return _page(found, refusal=refused.sentence), 422
    return {"pages": len(photos)} if wants_json() else _back(drive, entry_id, "ban-giay")


@bp.post("/<drive>/<int:entry_id>/files/<int:upload_id>/remove")
def remove_document(drive: str, entry_id: int, upload_id: int) -> ResponseReturnValue:
    services.remove_document(_entry(drive, entry_id), upload_id, by=current_user)
    return _back(drive, entry_id, "ban-giay")


@bp.post("/<drive>/<int:entry_id>/pages/<int:page_id>")
def change_page(drive: str, entry_id: int, page_id: int) -> ResponseReturnValue:
    services.change_page(_entry(drive, entry_id), page_id, change_asked(), by=current_user)
    return _back(drive, entry_id, "ban-giay")


@bp.get("/<drive>/<int:entry_id>/pages/<int:page_id>")
def page(drive: str, entry_id: int, page_id: int) -> ResponseReturnValue:
    found = _entry(drive, entry_id)
    return picture(uploads.page(found.bundle_id, page_id).sha256)


@bp.get("/<drive>/<int:entry_id>/files/<int:upload_id>")
def original(drive: str, entry_id: int, upload_id: int) -> ResponseReturnValue:
    """A document of the entry, as a download; kept in the audit trail when it is not one's own."""
    found = _entry(drive, entry_id)
    upload = uploads.upload(found.bundle_id, upload_id)
    if upload.added_by_id != current_user.person_id:
        facts = {"sha256": upload.sha256}
        audit.record("download_original", "behalf_entry", found.id, by=current_user.person_id, after=facts)
    return download(upload.sha256, upload.media, f"bai-nhap-thay-{found.id}-{upload_id}")


@bp.get("/<drive>/<int:entry_id>/state")
def state(drive: str, entry_id: int) -> ResponseReturnValue:
    """For the page's script: whether the worker still reads."""
    return {"is_waiting": uploads.contents(_entry(drive, entry_id).bundle_id).is_waiting}


@bp.post("/<drive>/<int:entry_id>/decide")
def decide(drive: str, entry_id: int) -> ResponseReturnValue:
    found = _entry(drive, entry_id)
    try:
        if request.form.get("decision") == "approve":
            services.approve(found, by=current_user, at=clock.now())
            flash(_("Đã duyệt, bài đã nộp."))
        else:
            services.turn_down(found, request.form.get("note", ""), by=current_user, at=clock.now())
            flash(_("Đã ghi là không duyệt; người nhập và người viết được báo."))
    except Refused as refused:
        return _page(queries.entry_for(current_user, drive, entry_id), refusal=refused.sentence), 422
    return redirect(url_for("behalf.entries", drive=drive))


@bp.post("/<drive>/<int:entry_id>/withdraw")
def withdraw(drive: str, entry_id: int) -> ResponseReturnValue:
    services.withdraw(_entry(drive, entry_id), by=current_user, at=clock.now())
    flash(_("Đã bỏ bài nhập thay."))
    return redirect(url_for("behalf.entries", drive=drive))
