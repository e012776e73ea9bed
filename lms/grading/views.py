"""The reviewer's queue and desk, release, and the author's result."""

from decimal import Decimal, InvalidOperation

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock
from lms.access import Action
from lms.drives.rules import RATING_NAMES
from lms.errors import NotFound, Refused
from lms.grading import queries, services
from lms.reflections import queries as reflections
from lms.reflections import rules as reflection_rules
from lms.reflections.rules import STATE_NAMES, State
from lms.web import current_user, number

bp = Blueprint("grading", __name__, url_prefix="/grading")
bp.add_app_template_global(queries.reason_for_return)  # the writing page asks; reflections know nothing of grading


@bp.get("/")
def queue() -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    shown = State.GRADED if request.args.get("show") == "graded" else State.SUBMITTED
    return render_template(
        "grading/queue.html",
        rows=queries.queue(current_user, [shown]),
        counts=queries.waiting(current_user),
        shown=shown,
        states=STATE_NAMES,
        State=State,
        page=queries.PAGE,
    )


@bp.get("/next")
def next_essay() -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    following = queries.next_in_queue(current_user, after=request.args.get("after", type=number))
    if following is None:
        flash(_("Không còn bài nào chờ chấm."))
        return redirect(url_for("grading.queue"))
    return redirect(url_for("grading.essay", reflection_id=following))


@bp.get("/<int:reflection_id>")
def essay(reflection_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    found = queries.essay_for(current_user, reflection_id)
    return _essay_page(found, scores=dict(found.current.scores) if found.current else {}, comment=_comment(found))


def _comment(found: queries.Essay) -> str:
    return found.current.comment if found.current else ""


def _essay_page(found: queries.Essay, *, scores: dict[str, str], comment: str, refusal: str = "") -> str:
    prompts = found.version.prompt_list()
    return render_template(
        "grading/essay.html",
        essay=found,
        parts=reflection_rules.parts(prompts, found.reflection.texts),
        criteria=found.version.criteria(),
        scores=scores,
        comment=comment,
        refusal=refusal,
        states=STATE_NAMES,
        is_open=found.reflection.state in (State.SUBMITTED, State.GRADED),
        left=queries.waiting(current_user).get(State.SUBMITTED, 0),
    )


@bp.post("/<int:reflection_id>/claim")
def claim(reflection_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    found = queries.essay_for(current_user, reflection_id)
    services.claim(found.reflection.id, by=current_user, at=clock.now())
    return "", 204


@bp.post("/<int:reflection_id>")
def grade(reflection_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    found = queries.essay_for(current_user, reflection_id)
    typed = {criterion.id: request.form.get(f"score-{criterion.id}", "") for criterion in found.version.criteria()}
    comment = request.form.get("comment", "")
    try:
        if request.form.get("revision", type=number) != found.revision.number:
            raise Refused(_("Bài vừa được nộp lại. Đồng chí đọc bản mới rồi chấm."))
        if request.form.get("decision") == "return":
            services.return_for_rewriting(found, comment, by=current_user, at=clock.now())
            flash(_("Đã trả lại bài cho người viết."))
        else:
            scores = {key: _score(value) for key, value in typed.items()}
            services.grade(found, scores, comment, by=current_user, at=clock.now())
            flash(_("Đã lưu điểm bài của %(name)s.", name=found.author.full_name))
    except Refused as refused:
        return _essay_page(found, scores=typed, comment=comment, refusal=refused.sentence), 409
    return redirect(url_for("grading.next_essay", after=reflection_id))


def _score(typed: str) -> Decimal | None:
    try:
        return Decimal(typed.strip().replace(",", ".")) if typed.strip() else None
    except InvalidOperation:
        return Decimal(-1)


@bp.get("/release")
def releases() -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    return render_template("grading/release.html", rows=queries.releasable(current_user), ratings=RATING_NAMES)


@bp.post("/release")
def release() -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    ids = request.form.getlist("reflection", type=number)
    count = services.release(ids, by=current_user, at=clock.now())
    flash(_("Đã công bố kết quả của %(n)s bài.", n=count) if count else _("Chưa chọn bài nào để công bố."))
    return redirect(url_for("grading.releases"))


@bp.get("/withdraw/<drive>")
def withdrawal(drive: str) -> ResponseReturnValue:
    """What taking the text back means, before the author does it."""
    desk = reflections.desk_for(current_user, drive)
    if desk.reflection is None or desk.reflection.state in reflection_rules.OPEN_TO_AUTHOR:
        return redirect(url_for("reflections.write", drive=drive))
    refusal = queries.refusal_to_withdraw(desk, clock.now())
    return render_template("grading/withdraw.html", desk=desk, refusal=refusal)


@bp.post("/withdraw/<drive>")
def withdraw(drive: str) -> ResponseReturnValue:
    services.withdraw(current_user, drive, at=clock.now())
    flash(_("Đã rút bài về. Bài chưa nộp: sửa xong, đồng chí nộp lại trước khi hết hạn."))
    return redirect(url_for("reflections.write", drive=drive))


@bp.get("/result/<drive>")
def result(drive: str) -> ResponseReturnValue:
    """The author's own result, once released."""
    desk = reflections.desk_for(current_user, drive)
    released = queries.release_of(desk.reflection.id) if desk.reflection else None
    if desk.reflection is None or released is None:
        raise NotFound()
    criteria = desk.reflection.version.criteria()
    return render_template(
        "grading/result.html",
        desk=desk,
        release=released,
        criteria=criteria,
        scores={key: float(score) for key, score in released.grade.scores.items()},
        rating=RATING_NAMES[released.rating],
        parts=reflection_rules.parts(desk.prompts, desk.texts),
    )
