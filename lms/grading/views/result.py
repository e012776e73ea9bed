"""What authors see of grading: their result, and taking a text back before it begins."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock
from lms.errors import NotFound
from lms.grading import appealing, appeals, blindness, results, withdrawing
from lms.grading.views.blueprint import bp
from lms.reflections import dispensations
from lms.reflections import queries as reflections
from lms.reflections import rules as reflection_rules
from lms.web import current_user


@bp.get("/withdraw/<drive>")
def withdrawal(drive: str) -> ResponseReturnValue:
    """What taking the text back means, before the author does it."""
    desk = reflections.desk_for(current_user, drive)
    if desk.reflection is None or desk.reflection.state in reflection_rules.OPEN_TO_AUTHOR:
        return redirect(url_for("reflections.write", drive=drive))
    refusal = withdrawing.refusal_to_withdraw(desk, clock.now())
    deadline = dispensations.deadline_of(desk, clock.now())
    return render_template("grading/withdraw.html", desk=desk, refusal=refusal, deadline=deadline)


@bp.post("/withdraw/<drive>")
def withdraw(drive: str) -> ResponseReturnValue:
    withdrawing.withdraw(current_user, drive, at=clock.now())
    flash(_("Đã rút bài về. Bài chưa nộp: sửa xong, đồng chí nộp lại trước khi hết hạn."))
    return redirect(url_for("reflections.write", drive=drive))


@bp.get("/result/<drive>")
def result(drive: str) -> ResponseReturnValue:
    """The author's own result, once released."""
    desk = reflections.desk_for(current_user, drive)
    known = results.own(desk.reflection.id) if desk.reflection else None
    if desk.reflection is None or known is None:
        raise NotFound()
    hide = blindness.mask_of_reviewers(desk.summons.drive, desk.reflection.id).hide
    refusal = appeals.refusal_to_appeal(desk, known.release, known.appeal, clock.now())
    return render_template(
        "grading/result.html",
        result=results.result_of(desk.summons.drive, desk.reflection, known, hide),
        preview=None,
        appeal=known.appeal,
        appeal_until=None if refusal else appealing.until(known.release.released_at, desk.summons.drive.appeal_days),
        outcomes=appealing.OUTCOME_NAMES,
    )
