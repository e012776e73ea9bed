"""Appeals: the author's own page, and those of whoever answers."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock
from lms.access import Action
from lms.errors import NotFound, Refused
from lms.grading import appealing, appeals, releasing, rules
from lms.grading.views.blueprint import bp
from lms.grading.views.desk import comments_on, spans_of
from lms.reflections import queries as reflections
from lms.reflections import rules as reflection_rules
from lms.web import current_user, number

# --- The author -------------------------------------------------------------------------------------------------------


@bp.get("/appeal/<drive>")
def own_appeal(drive: str) -> ResponseReturnValue:
    return _own_page(drive)


def _own_page(drive: str, *, error: str = "", typed: str = "") -> str:
    desk = reflections.desk_for(current_user, drive)
    release = releasing.release_of(desk.reflection.id) if desk.reflection else None
    if desk.reflection is None or release is None:
        raise NotFound()
    row = appeals.of_reflection(desk.reflection.id)
    mask = appeals.mask_for_author(desk.summons.drive, row) if row else None
    return render_template(
        "grading/own_appeal.html",
        drive=desk.summons.drive,
        release=release,
        appeal=row,
        answer=mask.hide(row.answer) if row and mask else "",
        notes=[(note.is_by_author, mask.hide(note.text), note.at) for note in appeals.thread(row)]
        if row and mask
        else [],
        refusal=appeals.refusal_to_appeal(desk, release, row, clock.now()),
        until=appealing.until(release.released_at, desk.summons.drive.appeal_days),
        is_late=row is not None and row.decided_at is None and clock.now() > row.due_at,
        outcomes=appealing.OUTCOME_NAMES,
        error=error,
        typed=typed,
    )


@bp.post("/appeal/<drive>")
def make_appeal(drive: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "")
    try:
        appeals.appeal(current_user, drive, reason, at=clock.now())
    except Refused as refused:
        return _own_page(drive, error=refused.sentence, typed=reason), 409
    flash(_("Đã gửi khiếu nại. Người khác của ban chấm sẽ xem lại bài và trả lời đồng chí."))
    return redirect(url_for("grading.own_appeal", drive=drive))


@bp.post("/appeal/<drive>/notes")
def add_own_note(drive: str) -> ResponseReturnValue:
    text = request.form.get("text", "")
    try:
        appeals.add_own_note(current_user, drive, text, at=clock.now())
    except Refused as refused:
        return _own_page(drive, error=refused.sentence, typed=text), 409
    return redirect(url_for("grading.own_appeal", drive=drive, _anchor="trao-doi"))


@bp.post("/appeal/<drive>/withdraw")
def withdraw_appeal(drive: str) -> ResponseReturnValue:
    appeals.withdraw(current_user, drive, at=clock.now())
    flash(_("Đã rút khiếu nại. Kết quả giữ nguyên."))
    return redirect(url_for("grading.own_appeal", drive=drive))


# --- Those who answer -------------------------------------------------------------------------------------------------


@bp.get("/appeals")
def appeal_list() -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    is_open, page = request.args.get("show") != "decided", min(max(request.args.get("page", 1, number), 1), 10_000)
    rows = appeals.rows(current_user, is_open=is_open, page=page)
    return render_template(
        "grading/appeals.html",
        rows=rows[: appeals.PAGE],
        has_more=len(rows) > appeals.PAGE,
        page=page,
        is_open=is_open,
        is_any_mine=any(row.is_mine for row in rows) and is_open,
        outcomes=appealing.OUTCOME_NAMES,
        now=clock.now(),
    )


@bp.get("/appeals/next")
def next_appeal() -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    following = appeals.next_of(current_user)
    if following is None:
        return redirect(url_for("grading.appeal_list"))
    return redirect(url_for("grading.appeal", appeal_id=following))


@bp.get("/appeals/<int:appeal_id>")
def appeal(appeal_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    return _appeal_page(appeal_id)


def _appeal_page(appeal_id: int, *, error: str = "") -> str:
    row, essay = appeals.appeal_for(current_user, appeal_id)
    release = releasing.release_of(row.reflection_id)
    if release is None:
        raise NotFound()
    comments, criteria = comments_on(essay, []), essay.criteria
    scores = release.grade.scores
    return render_template(
        "grading/appeal.html",
        appeal=row,
        essay=essay,
        release=release,
        formers=appeals.formers_of(release),
        comments=comments,
        parts=[
            (part, rules.paragraphs(part.text, spans_of(comments, part.prompt.id)))
            for part in reflection_rules.parts(essay.version.prompt_list(), essay.texts)
        ],
        criteria=criteria,
        levels={one.id: one.level_of(float(scores[one.id])) for one in criteria if one.id in scores},
        scores={one.id: request.form.get(f"score-{one.id}", scores.get(one.id, "")) for one in criteria},
        answer=request.form.get("answer", ""),
        note=request.form.get("text", ""),
        notes=appeals.thread(row),
        hide=essay.mask.hide,
        refusal=appeals.refusal_to_decide(row, essay, current_user),
        outcomes=appealing.OUTCOME_NAMES,
        is_late=row.decided_at is None and clock.now() > row.due_at,
        error=error,
    )


@bp.post("/appeals/<int:appeal_id>")
def decide_appeal(appeal_id: int) -> ResponseReturnValue:
    """Keep the result, or mark anew; nothing typed is lost where it is refused."""
    access.require(current_user, Action.GRADE)
    _row, essay = appeals.appeal_for(current_user, appeal_id)
    scores = None
    if request.form.get("decision") == "change":
        scores = {one.id: rules.read_score(request.form.get(f"score-{one.id}", "")) for one in essay.criteria}
    try:
        outcome = appeals.decide(current_user, appeal_id, scores, request.form.get("answer", ""), at=clock.now())
    except Refused as refused:
        return _appeal_page(appeal_id, error=refused.sentence), 409
    flash(_("Đã trả lời khiếu nại: %(how)s. Người viết nhận thông báo.", how=appealing.OUTCOME_NAMES[outcome]))
    return redirect(url_for("grading.appeal_list"))


@bp.post("/appeals/<int:appeal_id>/notes")
def add_note(appeal_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    try:
        appeals.add_note(current_user, appeal_id, request.form.get("text", ""), at=clock.now())
    except Refused as refused:
        return _appeal_page(appeal_id, error=refused.sentence), 409
    return redirect(url_for("grading.appeal", appeal_id=appeal_id, _anchor="trao-doi"))
