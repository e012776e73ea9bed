"""Where organisers set a quiz's rules in their drive."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock
from lms.content.models import ModuleVersion
from lms.content.rules import QuizPlan
from lms.drives import queries as drives
from lms.drives.models import Drive
from lms.errors import NotFound, Refused
from lms.quizzes import queries, rules, services
from lms.quizzes.forms import RulesForm
from lms.quizzes.views.blueprint import bp
from lms.web import current_user


@bp.get("/<drive>/<slug>/rules")
def rules_page(drive: str, slug: str) -> ResponseReturnValue:
    found, version = _quiz_of(drive, slug)
    settings = queries.settings_of(found.id, version.module_id)
    return _rules_page(found, version, RulesForm.showing(settings.own() if settings else {}, version.quiz_plan()))


@bp.post("/<drive>/<slug>/rules")
def set_rules(drive: str, slug: str) -> ResponseReturnValue:
    """First a page that says what will hold; then, from that page, the deed or back to the form."""
    found, version = _quiz_of(drive, slug)
    form = RulesForm.asking(version.quiz_plan())
    if request.form.get("step") == "edit":
        return _rules_page(found, version, form)
    if not form.validate():
        return _rules_page(found, version, form), 422
    own = form.own()
    try:
        services.refuse_settings(found, version.module_id, own, by=current_user)
    except Refused as refused:
        form.form_errors.append(refused.sentence)
        return _rules_page(found, version, form), 422
    if request.form.get("step") != "save":
        return _rules_check(found, version, own)
    services.set_rules(found, version.module_id, own, by=current_user, at=clock.now())
    flash(_("Đã lưu quy định. Người học thấy ngay ở trang bài kiểm tra."))
    return redirect(url_for("quizzes.rules_page", drive=drive, slug=slug))


def _quiz_of(drive: str, slug: str) -> tuple[Drive, ModuleVersion]:
    """A drive that the viewer organises, and the version of its module with this slug, which has a quiz."""
    found = drives.drive_for_organiser(current_user, drive)
    version = next((row.version for row in found.modules if row.version.module.slug == slug and row.version.quiz), None)
    if version is None:
        raise NotFound()
    return found, version


def _rules_page(drive: Drive, version: ModuleVersion, form: RulesForm) -> str:
    settings = queries.settings_of(drive.id, version.module_id)
    held = queries.resolved(version.quiz or {}, settings, drive.opens_at, drive.closes_at)
    return render_template(
        "quizzes/rules.html", drive=drive, version=version, form=form, told=rules.in_words(held), settings=settings
    )


def _rules_check(drive: Drive, version: ModuleVersion, own: dict[str, Any]) -> str:
    """What will hold, what holds now, and what becomes of the attempts that there are."""
    settings = queries.settings_of(drive.id, version.module_id)
    before = queries.resolved(version.quiz or {}, settings, drive.opens_at, drive.closes_at)
    after = rules.resolve(QuizPlan.from_json(version.quiz or {}), drive.opens_at, drive.closes_at, own)
    begun, running = queries.count_attempts(drive.id, version.module_id)
    typed = {name: value for name, value in request.form.items() if name not in ("csrf_token", "step")}
    return render_template(
        "quizzes/rules_check.html",
        version=version,
        before=rules.in_words(before),
        after=rules.in_words(after),
        begun=begun,
        running=running,
        typed=typed,
    )
