"""The pages on which grading leads give texts out: reviewers and their room, the plan, texts changing hands."""

from contextlib import suppress
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock
from lms.access import Action
from lms.drives.models import Drive
from lms.errors import Refused
from lms.grading import allocation, moving, planning
from lms.grading import differences as tray
from lms.grading.agreement import in_words
from lms.grading.settings import agreement_of
from lms.grading.views.blueprint import bp
from lms.reflections.rules import State
from lms.web import current_user, number

LONGEST = 366
"""Days ahead for which grading can be planned."""


@bp.get("/allocation")
def allocations() -> ResponseReturnValue:
    access.require(current_user, Action.ALLOCATE)
    return render_template("grading/allocations.html", overviews=allocation.overviews(current_user))


@bp.get("/allocation/<drive>")
def reviewers(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ALLOCATE)
    return _reviewers_page(drive)


def _reviewers_page(code: str, error: str = "") -> str:
    drive = allocation.drive_for(current_user, code)
    hands, until = allocation.hands_of(current_user, drive), allocation.last_day(drive)
    typed = {hand.id: request.form.get(f"day-{hand.id}", "") for hand in hands} if error else {}
    today = clock.today()
    return render_template(
        "grading/allocation.html",
        drive=drive,
        hands=[(hand, hand.days(today, until), (until - today).days + 1) for hand in hands],
        typed=typed,
        until=until,
        waiting=allocation.in_nobodys_hands(current_user, drive),
        differences=tray.count(current_user, drive),
        told=in_words(agreement_of(drive)),
        error=error,
    )


@bp.post("/allocation/<drive>")
def set_capacity(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ALLOCATE)
    given = {name.removeprefix("day-"): value for name, value in request.form.items() if name.startswith("day-")}
    try:
        if not all(value.strip().isdecimal() and len(value) < 6 for value in given.values()):
            raise Refused(_("Số bài mỗi ngày là một số nguyên. Đồng chí sửa ô chưa đúng."))
        a_day = {int(id): int(value) for id, value in given.items() if id.isdecimal() and len(id) < 10}
        changed = allocation.set_capacity(current_user, drive, a_day, at=clock.now())
    except Refused as refused:
        return _reviewers_page(drive, refused.sentence), 422
    flash(_("Đã lưu sức chấm của %(n)s giám khảo.", n=changed) if changed else _("Sức chấm không có gì thay đổi."))
    return redirect(url_for("grading.reviewers", drive=drive))


def _asked(drive: Drive) -> tuple[date, int]:
    """Until when and with which seed a plan is asked for."""
    today, until = clock.today(), allocation.last_day(drive)
    with suppress(ValueError):
        until = date.fromisoformat(request.values.get("until", ""))
    if not 0 <= (until - today).days <= LONGEST:
        until = allocation.last_day(drive)
    return until, min(max(request.values.get("seed", 1, number), 1), 9999)


@bp.get("/allocation/<drive>/plan")
def plan(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ALLOCATE)
    return _plan_page(allocation.drive_for(current_user, drive))


def _plan_page(drive: Drive, error: str = "") -> str:
    until, seed = _asked(drive)
    found = allocation.propose(current_user, drive, until=until, seed=seed)
    today = clock.today()
    shares = {share.reviewer.id: share for share in found.plan.shares}
    return render_template(
        "grading/plan.html",
        drive=drive,
        found=found,
        shares=[(hand, shares[hand.id]) for hand in found.hands.values() if hand.id in shares],
        days={hand.id: hand.days(today, until) for hand in found.hands.values()},
        idle=[hand.name for hand in found.hands.values() if hand.id not in shares],
        reasons=[(planning.why(reason), count) for reason, count in found.left],
        error=error,
    )


@bp.post("/allocation/<drive>/plan")
def allocate(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ALLOCATE)
    found = allocation.drive_for(current_user, drive)
    until, seed = _asked(found)
    digest = request.form.get("digest", "")
    try:
        count = allocation.apply(current_user, drive, until=until, seed=seed, digest=digest, at=clock.now())
    except Refused as refused:
        return _plan_page(found, refused.sentence), 409
    flash(_("Đã giao %(n)s bài. Mỗi giám khảo nhận một thông báo.", n=count))
    return redirect(url_for("grading.reviewers", drive=drive))


@bp.get("/allocation/<drive>/texts")
def texts(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ALLOCATE)
    return _texts_page(drive)


def _texts_page(code: str, error: str = "") -> str:
    drive = allocation.drive_for(current_user, code)
    of, page = request.values.get("of", type=number), min(max(request.args.get("page", 1, number), 1), 10_000)
    hands = allocation.hands_of(current_user, drive)
    hand = next((one for one in hands if one.id == of), None)
    rows = moving.texts(current_user, drive, of, page=page)
    return render_template(
        "grading/texts.html",
        drive=drive,
        of=of,
        name=hand.name if hand else moving.name_of(current_user, drive, of) if of else "",
        rows=rows[: moving.PAGE],
        has_more=len(rows) > moving.PAGE,
        page=page,
        hands=[one for one in hands if one.id != of],
        at_once=moving.AT_ONCE,
        State=State,
        error=error,
    )


@bp.post("/allocation/<drive>/texts")
def move(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ALLOCATE)
    of = request.form.get("of", type=number)
    chosen = None if request.form.get("which") == "all" else request.form.getlist("text", type=number)
    to = request.form.get("to", "")
    try:
        if chosen is not None and not chosen:
            raise Refused(_("Đồng chí chọn ít nhất một bài."))
        if not to:
            raise Refused(_("Đồng chí chọn nơi bài chuyển đến."))
        receivers = _receivers(drive, of, to)
        moved = moving.move(current_user, drive, chosen, of=of, to=receivers, at=clock.now())
    except Refused as refused:
        return _texts_page(drive, refused.sentence), 409
    said = _("Đã chuyển %(n)s bài.", n=moved.count)
    for reason, count in moved.stayed.items():
        said += " " + _("%(n)s bài ở lại: %(why)s", n=count, why=planning.why(reason))
    flash(said)
    if request.form.get("back") == "differences":
        return redirect(url_for("grading.differences", drive=drive))
    return redirect(url_for("grading.texts", drive=drive, of=of))


@bp.get("/allocation/<drive>/differences")
def differences(drive: str) -> ResponseReturnValue:
    """Texts on which two do not agree, side by side."""
    access.require(current_user, Action.ALLOCATE)
    found = allocation.drive_for(current_user, drive)
    return render_template(
        "grading/differences.html",
        drive=found,
        found=tray.differences(current_user, found),
        hands=allocation.hands_of(current_user, found),
        told=in_words(agreement_of(found)),
    )


def _receivers(code: str, of: int | None, to: str) -> list[int]:
    """The common queue is nobody; "others" are all who grade in the drive and have room."""
    if to == "others":
        hands = allocation.hands_of(current_user, allocation.drive_for(current_user, code))
        return [hand.id for hand in hands if hand.a_day and hand.id != of]
    if to == "queue":
        return []
    if not to.isdecimal() or len(to) > 9:
        raise Refused(_("Đồng chí chọn nơi bài chuyển đến."))
    return [int(to)]
