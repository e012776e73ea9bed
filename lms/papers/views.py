"""The author's files and pages, and the downloads of those who may read the essay."""

from io import BytesIO

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock
from lms.access import Action
from lms.errors import BadInput, NotFound, Refused, wants_json
from lms.grading import queries as grading
from lms.grading.queries import Essay
from lms.papers import rules, services
from lms.reflections import dispensations
from lms.reflections import queries as reflections
from lms.reflections import rules as reflection_rules
from lms.reflections.deadlines import in_words
from lms.reflections.queries import Desk
from lms.reflections.rules import FORM_NAMES, OPEN_TO_AUTHOR
from lms.uploads import pictures, queries, store
from lms.uploads.models import Enclosure, Upload
from lms.uploads.rules import MIME, MOST_FILES, MOST_OF_PHOTOS, MOST_PAGES, Change, Kind, Media, Reading
from lms.web import content_security_policy, current_user, number, takes_up_to

bp = Blueprint("papers", __name__, url_prefix="/papers")
bp.add_app_template_global(queries.enclosures)  # the receipt, the desk and the result ask
bp.add_app_template_global(FORM_NAMES.__getitem__, "form_name")

APART = content_security_policy(script_src="'none'", style_src="'none'", img_src="'none'", form_action="'none'")
APART = f"{APART}; sandbox"
"""Whatever a browser makes of a stranger's file, it may do nothing in our name."""

DOWNLOADABLE, SHOWN = (Kind.ORIGINAL, Kind.SCAN), (Kind.PAGE,)


def _desk(drive: str) -> Desk | None:
    """The viewer's writing in a drive, while it is theirs to change."""
    desk = reflections.desk_for(current_user, drive)
    is_open = desk.reflection is None or desk.reflection.state in OPEN_TO_AUTHOR
    return desk if is_open else None


# --- The author's own -------------------------------------------------------------------------------------------------


@bp.get("/<drive>/")
def papers(drive: str) -> ResponseReturnValue:
    desk = _desk(drive)
    if desk is None:
        return redirect(url_for("reflections.receipt", drive=drive))
    return _page(desk)


def _page(desk: Desk, *, refusal: str = "", about: str = "") -> str:
    return render_template(
        "papers/papers.html",
        desk=desk,
        end=in_words(dispensations.deadline_of(desk, clock.now()).due_at),
        contents=queries.own_contents(desk.summons.id),
        refusal=refusal,
        about=about,
        Reading=Reading,
        most_files=MOST_FILES,
        most_pages=MOST_PAGES,
    )


@bp.get("/<drive>/state")
def state(drive: str) -> ResponseReturnValue:
    """For the page's script: whether the worker still reads."""
    desk = reflections.desk_for(current_user, drive)
    return jsonify({"is_waiting": queries.own_contents(desk.summons.id).is_waiting})


@bp.post("/<drive>/files")
def send_document(drive: str) -> ResponseReturnValue:
    desk = reflections.desk_for(current_user, drive)
    file = request.files.get("file")
    name, data = (file.filename or "", file.read()) if file else ("", b"")
    try:
        services.send_document(current_user, drive, name, data, at=clock.now())
    except Refused as refused:
        return _page(desk, refusal=refused.sentence, about="file"), 422
    flash(_("Đã nhận tệp, đang đọc chữ trong tệp."))
    return _back(drive, "tep")


@bp.post("/<drive>/photos")
@takes_up_to(MOST_OF_PHOTOS)
def send_photos(drive: str) -> ResponseReturnValue:
    """From the page's script, which has made them small, or from the form as the camera made them."""
    desk = reflections.desk_for(current_user, drive)
    photos = [data for file in request.files.getlist("photos")[: MOST_PAGES + 1] if (data := file.read())]
    try:
        services.send_photos(current_user, drive, photos, at=clock.now())
    except Refused as refused:
        if wants_json():
            raise
        return _page(desk, refusal=refused.sentence, about="photos"), 422
    if wants_json():
        return jsonify({"pages": len(photos)})
    flash(_("Đã thêm %(n)s trang.", n=len(photos)))
    return _back(drive, "trang")


def _back(drive: str, place: str) -> ResponseReturnValue:
    return redirect(url_for("papers.papers", drive=drive, _anchor=place))


@bp.post("/<drive>/files/<int:upload_id>/remove")
def remove_document(drive: str, upload_id: int) -> ResponseReturnValue:
    services.remove_document(current_user, drive, upload_id)
    flash(_("Đã bỏ tệp."))
    return _back(drive, "tep")


@bp.get("/<drive>/files/<int:upload_id>")
def read(drive: str, upload_id: int) -> ResponseReturnValue:
    """What was read in a document, for its author to confirm or to correct."""
    desk = _desk(drive)
    if desk is None:
        return redirect(url_for("reflections.receipt", drive=drive))
    upload = queries.upload(queries.own_contents(desk.summons.id).bundle_id, upload_id)
    if upload.state is not Reading.READ or not upload.text:
        return _back(drive, "tep")
    return _read_page(desk, upload, rules.dealt(upload.text, desk.prompts))


def _read_page(desk: Desk, upload: Upload, texts: dict[str, str], *, refusal: str = "") -> str:
    return render_template(
        "papers/read.html",
        desk=desk,
        upload=upload,
        parts=reflection_rules.parts(desk.prompts, texts),
        typed=sum(part.words for part in reflection_rules.parts(desk.prompts, desk.texts)),
        refusal=refusal,
    )


@bp.post("/<drive>/files/<int:upload_id>")
def confirm(drive: str, upload_id: int) -> ResponseReturnValue:
    prefix, based_on = "text-", request.form.get("based_on", -1, number)
    texts = {name.removeprefix(prefix): value for name, value in request.form.items() if name.startswith(prefix)}
    try:
        saved = services.confirm(current_user, drive, upload_id, texts, based_on, at=clock.now())
    except Refused as refused:
        desk = reflections.desk_for(current_user, drive)
        upload = queries.upload(queries.own_contents(desk.summons.id).bundle_id, upload_id)
        return _read_page(desk, upload, texts, refusal=refused.sentence), refused.status
    if saved.is_aside:
        return redirect(url_for("reflections.write", drive=drive, _anchor="hai-ban"))
    return redirect(url_for("reflections.check", drive=drive))


@bp.post("/<drive>/pages/<int:page_id>")
def change_page(drive: str, page_id: int) -> ResponseReturnValue:
    change = change_asked()
    services.change_page(current_user, drive, page_id, change)
    return _back(drive, "trang" if change is Change.REMOVE else f"trang-{page_id}")


def change_asked() -> Change:
    """What the buttons beside a page ask for."""
    asked = request.form.get("step", "")
    if asked not in set(Change):
        raise BadInput()
    return Change(asked)


@bp.get("/<drive>/pages/<int:page_id>")
def page(drive: str, page_id: int) -> ResponseReturnValue:
    """A page as it lies in the author's bundle."""
    desk = reflections.desk_for(current_user, drive)
    shown = queries.page(queries.own_contents(desk.summons.id).bundle_id, page_id)
    return picture(shown.sha256)


@bp.get("/<drive>/files/<int:upload_id>/original")
def own_original(drive: str, upload_id: int) -> ResponseReturnValue:
    desk = reflections.desk_for(current_user, drive)
    upload = queries.upload(queries.own_contents(desk.summons.id).bundle_id, upload_id)
    return download(upload.sha256, upload.media, f"bai-thu-hoach-{upload_id}")


# --- What was handed in -----------------------------------------------------------------------------------------------


@bp.get("/<drive>/receipt/<int:position>")
def own_enclosure(drive: str, position: int) -> ResponseReturnValue:
    """What lay with the author's own text, page or original."""
    desk = reflections.desk_for(current_user, drive)
    if desk.reflection is None or desk.reflection.receipt_no is None:
        raise NotFound()
    return _enclosure(queries.enclosure(desk.reflection.receipt_no, position, tuple(Kind)))


def _essay(reflection_id: int) -> Essay:
    """An essay that the viewer grades; what tells whose it is stays closed where that is hidden from them."""
    essay = grading.essay_for(current_user, reflection_id)
    if essay.is_masked:
        raise Refused(_("Tệp và ảnh chụp không che tên được nên không mở khi chấm ẩn danh."))
    return essay


@bp.get("/essays/<int:reflection_id>/<int:position>")
def original(reflection_id: int, position: int) -> ResponseReturnValue:
    """An original for whoever grades the essay: only ever a download, and noted."""
    access.require(current_user, Action.GRADE)
    essay = _essay(reflection_id)
    file = queries.enclosure(essay.reflection.receipt_no or "", position, DOWNLOADABLE)
    services.note_download(essay.reflection, file, by=current_user, at=clock.now())
    return _enclosure(file)


@bp.get("/essays/<int:reflection_id>/pages/<int:position>")
def page_of_essay(reflection_id: int, position: int) -> ResponseReturnValue:
    """A page of handwriting for whoever grades it, as the server drew it."""
    access.require(current_user, Action.GRADE)
    essay = _essay(reflection_id)
    return picture(queries.enclosure(essay.reflection.receipt_no or "", position, SHOWN).sha256)


def _enclosure(file: Enclosure) -> ResponseReturnValue:
    if file.kind is Kind.PAGE:
        return picture(file.sha256)
    return download(file.sha256, file.media, f"bai-thu-hoach-{file.receipt_no}-{file.position}")


def download(digest: str, media: Media, name: str) -> Response:
    """The bytes as they came, under a name that tells nothing of anybody, for the disk and never for the window."""
    file = BytesIO(store.get(digest))
    answer = send_file(file, mimetype=MIME[media], as_attachment=True, download_name=f"{name}.{media}")
    answer.headers["Content-Security-Policy"] = APART
    return answer


def picture(digest: str) -> Response:
    """A picture that the server drew itself, small where a list asks for it."""
    data = store.get(digest)
    shown = pictures.thumbnail(data) if "small" in request.args else data
    answer = send_file(BytesIO(shown), mimetype=MIME[Media.JPEG])
    answer.headers["Content-Security-Policy"] = APART
    return answer
