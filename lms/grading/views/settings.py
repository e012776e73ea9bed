"""Where organisers set how texts are graded in their drive."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock
from lms.access import Action
from lms.drives import queries as drives
from lms.drives.models import Drive
from lms.grading import settings as grading_settings
from lms.grading.agreement import in_words
from lms.grading.forms import GradingRulesForm
from lms.grading.views.blueprint import bp
from lms.web import current_user


@bp.get("/settings/<drive>")
def settings(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ORGANISE_DRIVES)
    found = drives.drive_for_organiser(current_user, drive)
    return _page(found, GradingRulesForm(obj=grading_settings.rules_of(found)))


def _page(drive: Drive, form: GradingRulesForm) -> str:
    told = in_words(grading_settings.agreement_of(drive))
    return render_template("grading/settings.html", drive=drive, form=form, told=told)


@bp.post("/settings/<drive>")
def set_rules(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ORGANISE_DRIVES)
    found, form = drives.drive_for_organiser(current_user, drive), GradingRulesForm()
    if not form.validate():
        return _page(found, form), 422
    grading_settings.set_rules(found, form.rules(), by=current_user, at=clock.now())
    flash(_("Đã lưu cách chấm. Từ nay bài của đợt này được chấm theo đó; điểm đã chấm không đổi."))
    return redirect(url_for("drives.drive", code=drive))
