"""The page of what waits for release."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock
from lms.access import Action
from lms.drives.rules import RATING_NAMES
from lms.grading import releasing
from lms.grading.views.blueprint import bp
from lms.web import current_user, number


@bp.get("/release")
def releases() -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    return render_template("grading/release.html", rows=releasing.releasable(current_user), ratings=RATING_NAMES)


@bp.post("/release")
def release() -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    ids = request.form.getlist("reflection", type=number)
    count = releasing.release(ids, by=current_user, at=clock.now())
    flash(_("Đã công bố kết quả của %(n)s bài.", n=count) if count else _("Chưa chọn bài nào để công bố."))
    return redirect(url_for("grading.releases"))
