"""What authors see of grading: their result, and taking a text back before it begins."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock
from lms.drives.rules import RATING_NAMES, RATING_ORDER
from lms.errors import NotFound
from lms.grading import blindness, queries, releasing, rules, withdrawing
from lms.grading.views.blueprint import bp
from lms.grading.views.desk import Comment, spans_of
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
    released = releasing.release_of(desk.reflection.id) if desk.reflection else None
    if desk.reflection is None or released is None:
        raise NotFound()
    criteria = desk.reflection.version.criteria()
    hide = blindness.mask_of_reviewers(desk.summons.drive, desk.reflection.id).hide
    comments = [
        Comment(
            no,
            one.prompt_id,
            rules.place_of(desk.texts.get(one.prompt_id, ""), one.start, one.quote),
            one.quote,
            hide(one.text),
            "decided",
        )
        for no, one in enumerate(queries.remarks_of([released.grade_id]), 1)
    ]
    parts = reflection_rules.parts(desk.prompts, desk.texts)
    return render_template(
        "grading/result.html",
        desk=desk,
        release=released,
        comment=hide(released.grade.comment),
        criteria=criteria,
        scores={key: float(score) for key, score in released.grade.scores.items()},
        rating=RATING_NAMES[released.rating],
        is_enough=RATING_ORDER.index(released.rating) >= RATING_ORDER.index(desk.summons.drive.least_rating),
        least=RATING_NAMES[desk.summons.drive.least_rating],
        comments=comments,
        parts=[(part, rules.paragraphs(part.text, spans_of(comments, part.prompt.id))) for part in parts],
    )
