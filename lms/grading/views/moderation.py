"""The page of the sample that a lead looks at before results go out."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock, vietnamese
from lms.access import Action
from lms.grading import allocation, moderation
from lms.grading.sampling import REASON_NAMES, Reason, Wanted
from lms.grading.views.blueprint import bp
from lms.web import current_user, number


def _wanted() -> Wanted:
    """What is asked for; what makes no sense counts as not said."""
    said, near = Wanted(), Wanted().near
    with suppress(ValueError):
        near = vietnamese.parse_number(request.values.get("near", ""))
    return Wanted(
        percent=min(max(request.values.get("percent", said.percent, number), 0), 100),
        near=near if Decimal(0) <= near <= 10 else said.near,
        of_each=min(max(request.values.get("of_each", said.of_each, number), 0), 50),
        seed=min(max(request.values.get("seed", said.seed, number), 1), 9999),
    )


@bp.get("/moderation/<drive>")
def sample(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ALLOCATE)
    found, wanted = allocation.drive_for(current_user, drive), _wanted()
    return render_template(
        "grading/sample.html",
        drive=found,
        wanted=wanted,
        sample=moderation.sample_of(current_user, found, wanted),
        reasons={reason: REASON_NAMES[reason]() for reason in Reason},
    )


@bp.post("/moderation/<drive>")
def moderate(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ALLOCATE)
    found, wanted = allocation.drive_for(current_user, drive), _wanted()
    text = request.form.get("text", 0, number)
    moderation.moderate(current_user, found, text, request.form.get("note", ""), at=clock.now())
    flash(_("Đã ghi nhận: đồng chí đã xem lại điểm bài này."))
    kept: dict[str, Any] = {"percent": wanted.percent, "of_each": wanted.of_each, "seed": wanted.seed}
    near = vietnamese.format_number(wanted.near)
    return redirect(url_for("grading.sample", drive=drive, near=near, **kept))
