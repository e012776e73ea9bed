"""Where some are given a later day, or are asked for no reflection."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock, vietnamese
from lms.drives import queries as drives
from lms.drives.models import Drive
from lms.errors import Refused
from lms.quizzes.forms import WithdrawForm
from lms.quizzes.queries import summoned_person, summoned_unit
from lms.reflections import deadlines, dispensations
from lms.reflections.deadlines import Kind
from lms.reflections.dispensations import PAGE, Wish
from lms.reflections.forms import DispensationForm
from lms.reflections.models import Dispensation
from lms.reflections.views.blueprint import bp
from lms.vietnamese import squeeze
from lms.web import current_user, number


@bp.get("/<drive>/dispensations", endpoint="dispensations")
def dispensations_page(drive: str) -> ResponseReturnValue:
    return _list_page(drives.drive_for_organiser(current_user, drive), DispensationForm(formdata=None))


@bp.post("/<drive>/dispensations")
def dispense(drive: str) -> ResponseReturnValue:
    """First a page that says what this will do; then, from that page, the deed or back to the form."""
    found = drives.drive_for_organiser(current_user, drive)
    form = DispensationForm()
    if request.form.get("step") == "edit":
        return _list_page(found, form)
    if not form.validate():
        return _list_page(found, form), 422
    try:
        wish = _wish(found, form)
        reaches = dispensations.refuse(found, wish, by=current_user, at=clock.now())
        if request.form.get("step") != "save":
            return _check_page(found, form, wish, reaches)
        dispensations.give(found, wish, token=form.form_token.data or "", by=current_user, at=clock.now())
    except Refused as refused:
        form.form_errors.append(refused.sentence)
        return _list_page(found, form), 422
    flash(_("Đã lưu. Người được hưởng thấy ngay ở trang của mình và ở trang viết thu hoạch."))
    return redirect(url_for("reflections.dispensations", drive=drive))


def _wish(drive: Drive, form: DispensationForm) -> Wish:
    """What is asked for; codes that lead to nobody in the drive are refused."""
    person_code, unit_code = squeeze(form.person_code.data or ""), squeeze(form.unit_code.data or "")
    person = summoned_person(drive.id, person_code) if person_code else None
    unit = summoned_unit(drive.id, unit_code, clock.today()) if unit_code else None
    if person_code and person is None:
        raise Refused(_("Trong danh sách triệu tập của đợt không có cán bộ mang mã “%(code)s”.", code=person_code))
    if unit_code and unit is None:
        raise Refused(_("Trong danh sách triệu tập của đợt không có ai thuộc đơn vị mã “%(code)s”.", code=unit_code))
    end = form.until.data
    until = vietnamese.end_of_day(end) if end else None
    return Wish(form.kind.data, until, squeeze(form.reason.data or ""), person, unit)


def _list_page(drive: Drive, form: DispensationForm) -> str:
    start = max(0, request.args.get("from", 0, number))
    rows = dispensations.page_of(drive.id, after=start, size=PAGE + 1)
    return render_template(
        "reflections/dispensations.html",
        drive=drive,
        form=form,
        rows=[(row, _told(row)) for row in rows[:PAGE]],
        start=start,
        size=PAGE,
        more=len(rows) > PAGE,
    )


def _check_page(drive: Drive, form: DispensationForm, wish: Wish, reaches: int) -> str:
    """What was typed goes along unseen."""
    who = _("%(n)s người thuộc %(unit)s", n=vietnamese.format_number(reaches), unit=wish.unit.name if wish.unit else "")
    if wish.person is not None:
        who = f"{wish.person.full_name} ({wish.person.code})"
    return render_template(
        "reflections/dispensation_check.html",
        told=deadlines.sentence(who, wish.kind, wish.until),
        is_exemption=wish.kind is Kind.EXEMPTION,
        before=deadlines.in_words(drive.reflection_due_at),
        reason=form.reason.data,
        typed={field.name: request.form.get(field.name, "") for field in form if field.name != "csrf_token"},
    )


def _told(row: Dispensation) -> str:
    who = _("Mọi người thuộc %(unit)s", unit=row.unit.name if row.unit else "")
    if row.person is not None:
        who = f"{row.person.full_name} ({row.person.code})"
    return deadlines.sentence(who, row.kind, row.until)


@bp.get("/<drive>/dispensations/<int:dispensation_id>/withdraw")
def dispensation(drive: str, dispensation_id: int) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    return _withdraw_page(found, dispensations.one_of(found.id, dispensation_id), WithdrawForm(formdata=None))


@bp.post("/<drive>/dispensations/<int:dispensation_id>/withdraw")
def end_dispensation(drive: str, dispensation_id: int) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    row, form = dispensations.one_of(found.id, dispensation_id), WithdrawForm()
    because = squeeze(form.reason.data or "")
    if not form.validate() or not because:
        return _withdraw_page(found, row, form), 422
    dispensations.withdraw(row, found, by=current_user, at=clock.now(), because=because)
    flash(_("Đã thôi áp dụng."))
    return redirect(url_for("reflections.dispensations", drive=drive))


def _withdraw_page(drive: Drive, row: Dispensation, form: WithdrawForm) -> str:
    return render_template("reflections/dispensation_withdraw.html", drive=drive, row=row, told=_told(row), form=form)
