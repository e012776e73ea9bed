"""Where a grading lead changes the rubric in the middle, with every mark that it changes before their eyes."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock
from lms.content.models import ModuleVersion
from lms.db import db
from lms.drives.models import Drive
from lms.drives.rules import RATING_NAMES
from lms.errors import NotFound, Refused
from lms.grading import revaluing, rubrics
from lms.grading.queries import rubric_of
from lms.grading.rubrics import Trial
from lms.grading.views.blueprint import bp
from lms.web import current_user

SHOWN = 200
"""So many marks stand on the page; those of released results first, then the largest differences."""


@bp.get("/rubric/<drive>")
def rubric(drive: str) -> ResponseReturnValue:
    found = rubrics.drive_for(current_user, drive)
    return render_template(
        "grading/rubric.html",
        drive=found,
        used=rubrics.used_in(found),
        differences=revaluing.differences,
    )


@dataclass(frozen=True)
class Asked:
    """The change that is looked at."""

    version: ModuleVersion
    rubric: ModuleVersion
    by_levels: bool


def _asked(drive: Drive, version_id: int, rubric_id: int) -> Asked:
    version, other = (db.session.get(ModuleVersion, id) for id in (version_id, rubric_id))
    if version is None or other is None or version.module_id != other.module_id:
        raise NotFound()
    if not any(one.version.id == version.id for one in rubrics.used_in(drive)):
        raise NotFound()
    return Asked(version, other, request.values.get("by_levels") == "yes")


@bp.get("/rubric/<drive>/<int:version_id>/<int:rubric_id>")
def rubric_to_change(drive: str, version_id: int, rubric_id: int) -> ResponseReturnValue:
    found = rubrics.drive_for(current_user, drive)
    return _change_page(found, _asked(found, version_id, rubric_id))


def _change_page(drive: Drive, asked: Asked, error: str = "") -> str:
    before, after = rubric_of(drive.id, asked.version.id).criteria(), asked.rubric.criteria()
    refusal = revaluing.refusal_of_rubric(before, after)
    trial = Trial() if refusal else rubrics.dry_run(drive, asked.version, asked.rubric, by_levels=asked.by_levels)
    if refusal := refusal or rubrics.refusal_of_own(current_user, trial):
        return _page(drive, Trial(), error=refusal, asked=asked, change=None)
    told = revaluing.differences(before, after)
    return _page(drive, trial, error=error, asked=asked, change=None, differences=told)


def _page(drive: Drive, trial: Trial, *, error: str, **more: object) -> str:
    in_order = sorted(trial.changes, key=lambda one: (not one.is_released, -abs(one.after - one.before)))
    shown = in_order[:SHOWN]
    return render_template(
        "grading/rubric_change.html",
        drive=drive,
        trial=trial,
        shown=shown,
        names=rubrics.called(current_user, shown),
        ratings=RATING_NAMES,
        reason=request.form.get("reason", ""),
        error=error,
        **more,
    )


@bp.post("/rubric/<drive>/<int:version_id>/<int:rubric_id>")
def change_rubric(drive: str, version_id: int, rubric_id: int) -> ResponseReturnValue:
    found = rubrics.drive_for(current_user, drive)
    asked = _asked(found, version_id, rubric_id)
    try:
        trial = rubrics.apply(
            current_user,
            drive,
            asked.version.id,
            asked.rubric.id,
            request.form.get("reason", ""),
            by_levels=asked.by_levels,
            digest=request.form.get("digest", ""),
            at=clock.now(),
        )
    except Refused as refused:
        return _change_page(found, asked, refused.sentence), 409
    flash(_("Đã đổi thang chấm: %(n)s điểm thay đổi, %(m)s người đã có kết quả được báo.", **_counts(trial)))
    return redirect(url_for("grading.rubric", drive=drive))


def _counts(trial: Trial) -> dict[str, int]:
    return {"n": len(trial.changes), "m": trial.released}


@bp.get("/rubric/<drive>/undo/<int:change_id>")
def rubric_to_undo(drive: str, change_id: int) -> ResponseReturnValue:
    return _undo_page(rubrics.drive_for(current_user, drive), change_id)


def _undo_page(drive: Drive, change_id: int, error: str = "") -> str:
    change = rubrics.change_of(drive, change_id)
    if change.undone_at is not None:
        raise NotFound()
    trial = rubrics.dry_undo(change, drive)
    if refusal := rubrics.refusal_of_own(current_user, trial):
        return _page(drive, Trial(), error=refusal, asked=None, change=change)
    return _page(drive, trial, error=error, asked=None, change=change, differences=[])


@bp.post("/rubric/<drive>/undo/<int:change_id>")
def undo_rubric(drive: str, change_id: int) -> ResponseReturnValue:
    found = rubrics.drive_for(current_user, drive)
    reason, digest = request.form.get("reason", ""), request.form.get("digest", "")
    try:
        trial = rubrics.undo(current_user, drive, change_id, reason, digest=digest, at=clock.now())
    except Refused as refused:
        return _undo_page(found, change_id, refused.sentence), 409
    flash(_("Đã hủy: %(n)s điểm trở lại như trước, %(m)s người đã có kết quả được báo.", **_counts(trial)))
    return redirect(url_for("grading.rubric", drive=drive))
