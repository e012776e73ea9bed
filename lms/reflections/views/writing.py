"""Writing, checking, handing in; the receipt."""

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO

import segno
from flask import current_app, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from lms import access, clock, vietnamese
from lms.access import Action, public
from lms.content.changes import marked
from lms.errors import BadInput, NotFound, Refused, wants_json
from lms.reflections import copies, deadlines, destinations, dispensations, letters, queries, routing, rules, services
from lms.reflections.queries import Desk
from lms.reflections.rules import OPEN_TO_AUTHOR, STATE_NAMES
from lms.reflections.views.blueprint import bp
from lms.richtext import paragraphs
from lms.uploads import queries as uploads
from lms.web import LARGEST, current_user, number, takes_up_to


@bp.get("/<drive>/")
def write(drive: str) -> ResponseReturnValue:
    desk = queries.desk_for(current_user, drive)
    if desk.reflection is not None and desk.reflection.state not in OPEN_TO_AUTHOR:
        return redirect(url_for("reflections.receipt", drive=drive))
    return _write_page(desk)


def _write_page(desk: Desk, typed: Mapping[str, str] | None = None, problem: str = "") -> str:
    """With what was just typed where it could not be saved, and why."""
    now = clock.now()
    return render_template(
        "reflections/write.html",
        desk=desk,
        problem=problem,
        deadline=dispensations.deadline_of(desk, now),
        in_words=deadlines.in_words,
        now=now,
        parts=rules.parts(desk.prompts, desk.texts if typed is None else typed),
        aside=queries.aside(desk.reflection) if desk.reflection else None,
        differences=_differences,
        both=rules.both,
        states=STATE_NAMES,
    )


LARGEST_FORM = 10_000_000
"""A text far too long still comes in whole, to be shown again with the reason why it was not saved."""


def _changes(desk: Desk, receipt_no: str | None) -> list[tuple[str, Markup]]:
    """By title of the prompt: what differs from what was handed in with this receipt, in the parts that differ."""
    if desk.reflection is None or receipt_no is None:
        return []
    before = queries.texts_of(desk.reflection, receipt_no)
    pairs = [(one.title, before.get(one.id, ""), desk.texts.get(one.id, "")) for one in desk.prompts]
    return [(title, _differences(earlier, text)) for title, earlier, text in pairs if earlier != text]


def _differences(before: str, after: str) -> Markup:
    """The later text with what was added and taken away, word by word."""
    return marked(paragraphs(before), paragraphs(after))


@bp.post("/<drive>/")
@takes_up_to(LARGEST_FORM)
def save(drive: str) -> ResponseReturnValue:
    """From a script every few seconds (JSON), or from the form's own buttons."""
    if wants_json():
        body = request.get_json(silent=True)
        texts, based_on = (body.get("texts"), body.get("based_on")) if isinstance(body, dict) else (None, None)
        if not isinstance(texts, dict) or not all(map(_is_text, texts.values())):
            raise BadInput()
        if type(based_on) is not int or abs(based_on) > LARGEST:
            raise BadInput()
        saved = services.save(current_user, drive, texts, based_on, at=clock.now())
        facts = {"number": saved.number, "saved_at": vietnamese.format_time(saved.saved_at), "is_aside": saved.is_aside}
        return jsonify(facts)
    try:
        saved = services.save(current_user, drive, _typed(), request.form.get("based_on", -1, number), at=clock.now())
    except Refused as refused:
        desk = queries.desk_for(current_user, drive)
        if desk.reflection is not None and desk.reflection.state not in OPEN_TO_AUTHOR:
            raise
        return _write_page(desk, _typed(), refused.sentence), refused.status
    if saved.is_aside:
        return redirect(url_for("reflections.write", drive=drive, _anchor="hai-ban"))
    if request.form.get("then") == "check":
        return redirect(url_for("reflections.check", drive=drive))
    flash(_("Đã lưu trên máy chủ lúc %(time)s.", time=vietnamese.format_time(saved.saved_at)))
    return redirect(url_for("reflections.write", drive=drive))


def _typed() -> dict[str, str]:
    prefix = "text-"
    return {name.removeprefix(prefix): value for name, value in request.form.items() if name.startswith(prefix)}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


@bp.post("/<drive>/keep")
def keep(drive: str) -> ResponseReturnValue:
    services.keep(current_user, drive, request.form.get("number", -1, number), at=clock.now())
    flash(_("Đã dùng bản đồng chí chọn. Bản kia vẫn còn trong lịch sử."))
    return redirect(url_for("reflections.write", drive=drive))


@bp.post("/<drive>/merge")
def merge(drive: str) -> ResponseReturnValue:
    based_on, aside = request.form.get("based_on", -1, number), request.form.get("aside", 0, number)
    saved = services.merge(current_user, drive, _typed(), based_on, aside, at=clock.now())
    if saved.is_aside:
        return redirect(url_for("reflections.write", drive=drive, _anchor="hai-ban"))
    flash(_("Đã lưu bản gộp. Hai bản kia vẫn còn trong lịch sử."))
    return redirect(url_for("reflections.write", drive=drive))


@bp.get("/<drive>/history")
def history(drive: str) -> ResponseReturnValue:
    desk = queries.desk_for(current_user, drive)
    if desk.reflection is None:
        raise NotFound()
    revisions = queries.revisions_of(desk.reflection)
    shown = request.args.get("number", desk.reflection.head, number)
    return render_template(
        "reflections/history.html",
        desk=desk,
        revisions=revisions,
        shown=queries.revision(desk.reflection, shown) if revisions else None,
        before=queries.texts_before(desk.reflection, shown),
        differences=_differences,
        can_restore=desk.reflection.state in OPEN_TO_AUTHOR,
    )


@bp.get("/<drive>/check")
def check(drive: str) -> ResponseReturnValue:
    desk = queries.desk_for(current_user, drive)
    if desk.reflection is not None and desk.reflection.state not in OPEN_TO_AUTHOR:
        return redirect(url_for("reflections.receipt", drive=drive))
    return _check_page(desk)


def _check_page(desk: Desk, problem: str = "") -> str:
    """What is missing, late or not; `problem` is why a hand-in that was just tried was refused."""
    parts, plan, now = rules.parts(desk.prompts, desk.texts), desk.summons.drive, clock.now()
    state = desk.reflection.state if desk.reflection else rules.State.DRAFT
    gathered = uploads.own_contents(desk.summons.id)
    form = queries.form_of(gathered)
    deadline = dispensations.deadline_of(desk, now)
    reasons = gathered.refusals + rules.refusals_to_hand_in(state, parts, plan.opens_at, deadline, now, form)
    return render_template(
        "reflections/check.html",
        desk=desk,
        parts=parts,
        reasons=reasons or ([problem] if problem else []),
        deadline=deadline,
        in_words=deadlines.in_words,
        is_late=deadline.is_late(now),
        hints=letters.hints(desk.texts.values()),
        changes=_changes(desk, desk.reflection.receipt_no) if desk.reflection else [],
        gathered=gathered,
        form=form,
        commitment=rules.commitment(),
    )


@bp.post("/<drive>/hand-in")
def hand_in(drive: str) -> ResponseReturnValue:
    if not request.form.get("commitment"):
        flash(_("Đồng chí đánh dấu vào lời cam đoan rồi bấm nộp."), "error")
        return redirect(url_for("reflections.check", drive=drive))
    checked, files = request.form.get("number", -1, number), request.form.get("files", "")
    try:
        services.hand_in(current_user, drive, number=checked, files=files, at=clock.now())
    except Refused as refused:
        desk = queries.desk_for(current_user, drive)
        if desk.reflection is None or desk.reflection.state in OPEN_TO_AUTHOR:
            return _check_page(desk, refused.sentence), refused.status
        raise
    return redirect(url_for("reflections.receipt", drive=drive))


@bp.get("/<drive>/receipt")
def receipt(drive: str) -> ResponseReturnValue:
    desk = queries.desk_for(current_user, drive)
    if desk.reflection is None or desk.reflection.submitted_at is None:
        raise NotFound()
    hand_ins = queries.hand_ins_of(desk.reflection)
    earlier = [one.receipt_no for one in hand_ins[1:] if one.withdrawn_at is None]
    return render_template(
        "reflections/receipt.html",
        desk=desk,
        reflection=desk.reflection,
        parts=rules.parts(desk.prompts, queries.handed_in(desk)),
        states=STATE_NAMES,
        commitment=rules.commitment(desk.reflection.commitment) if desk.reflection.commitment else None,
        code=_code_of(_public_address(desk.reflection.receipt_no or "")),
        hand_ins=hand_ins,
        changes=_changes(desk, earlier[0]) if earlier and desk.reflection.state is not rules.State.RETURNED else [],
    )


@bp.get("/<drive>/copies/<receipt_no>.pdf")
def copy(drive: str, receipt_no: str) -> ResponseReturnValue:
    """One of the author's own hand-ins, also one that was withdrawn or returned since."""
    desk = queries.desk_for(current_user, drive)
    if desk.reflection is None:
        raise NotFound()
    row = queries.own_hand_in(desk.reflection, receipt_no)
    parts = rules.parts(desk.prompts, queries.revision(desk.reflection, row.revision).texts)
    is_late = desk.reflection.is_late and desk.reflection.receipt_no == receipt_no
    enclosed, address = uploads.enclosures(receipt_no), _public_address(receipt_no)
    made = copies.pdf_of(row, desk.summons, parts, enclosed, address, is_late=is_late)
    name = f"bai-thu-hoach-{receipt_no}.pdf"
    return send_file(BytesIO(made), "application/pdf", as_attachment=True, download_name=name)


def _public_address(receipt_no: str) -> str:
    """Where anybody verifies the receipt: all that its code holds."""
    scheme = "https" if current_app.config["HTTPS"] else None
    return url_for("reflections.verify", receipt=receipt_no, _external=True, _scheme=scheme)


def _code_of(address: str) -> Markup:
    """A QR code as a drawing in the page; dark on light in every display, or cameras would not read it."""
    code = segno.make(address, error="m", micro=False).svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    named = Markup('<svg role="img" aria-label="{}"').format(_("Mã QR dẫn đến trang kiểm tra biên nhận này"))
    return Markup(code.replace("<svg", named, 1))  # noqa: S704 -- our own drawing


@bp.get("/verify")
@public
def verify() -> ResponseReturnValue:
    """Open to whoever holds a receipt; looking it up takes a POST, because it is counted against guessing."""
    return render_template("reflections/verify.html", receipt=request.args.get("receipt", "")[:40], held=[])


@bp.post("/verify")
@public
def verify_receipt() -> ResponseReturnValue:
    receipt, held = request.form.get("receipt", "")[:40], request.form.getlist("text")
    data = request.files["file"].read() if "file" in request.files else b""
    file = sha256(data).hexdigest() if data else ""
    try:
        found = services.verify(receipt, held, address=request.remote_addr or "", at=clock.now(), file=file)
    except (NotFound, Refused) as refused:
        page = render_template("reflections/verify.html", receipt=receipt, held=held, problem=refused.sentence)
        return page, 429 if "wait" in refused.details else refused.status
    return render_template(
        "reflections/verify.html", receipt=found.receipt_no, held=held, found=found, Match=rules.Match
    )


@bp.get("/<drive>/routing")
def routing_list(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ROUTE)
    found, words = routing.drive_for(current_user, drive), request.args.get("q", "").strip()
    lost = routing.waiting(current_user, drive, words=words, placed=False)
    above = routing.holders([row.id for row in lost])
    return render_template(
        "reflections/routing.html",
        drive=found,
        words=words,
        lost=[(row, destinations.why_nowhere(above[row.id], forbids_direct=found.forbids_direct)) for row in lost],
        placed=routing.waiting(current_user, drive, words=words),
        size=routing.PAGE,
    )


@bp.get("/<drive>/routing/<int:reflection_id>")
def route(drive: str, reflection_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.ROUTE)
    return _route_page(drive, reflection_id)


def _route_page(code: str, reflection_id: int, error: str = "") -> str:
    drive, row = routing.drive_for(current_user, code), routing.row_for(current_user, code, reflection_id)
    above = routing.holders([row.id])[row.id]
    return render_template(
        "reflections/route.html",
        drive=drive,
        row=row,
        above=[(one, destinations.hindrance(one, forbids_direct=drive.forbids_direct)) for one in above],
        trail_of=routing.trail_of(row.id),
        targets=routing.targets(current_user, row, drive),
        chosen=request.form.get("unit", 0, number),
        reason=request.form.get("reason", ""),
        error=error,
    )


@bp.post("/<drive>/routing/<int:reflection_id>")
def reroute(drive: str, reflection_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.ROUTE)
    unit, reason = request.form.get("unit", 0, number), request.form.get("reason", "")[:500]
    try:
        routing.reroute(current_user, drive, reflection_id, unit, reason, at=clock.now())
    except Refused as refused:
        return _route_page(drive, reflection_id, refused.sentence), 422
    flash(_("Đã chuyển bài."))
    return redirect(url_for("reflections.route", drive=drive, reflection_id=reflection_id))
