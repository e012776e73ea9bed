"""Where some are given more: exceptions of a drive, and standing allowances of a person."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock, vietnamese
from lms.access import Action
from lms.db import FOREVER, db
from lms.drives import queries as drives
from lms.drives.models import Drive
from lms.errors import Refused
from lms.people.models import Person
from lms.quizzes import queries, rules, services
from lms.quizzes.forms import AllowanceForm, ExceptionForm, WithdrawForm
from lms.quizzes.models import Allowance, QuizException
from lms.quizzes.rules import Extra
from lms.quizzes.services import Gift, Share
from lms.quizzes.views.blueprint import PAGE, bp
from lms.vietnamese import squeeze
from lms.web import current_user, number


@bp.get("/<drive>/exceptions")
def exceptions(drive: str) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    return _exceptions_page(found, _exception_form(found))


@bp.post("/<drive>/exceptions")
def make_exception(drive: str) -> ResponseReturnValue:
    """First a page that says what this will do; then, from that page, the deed or back to the form."""
    found = drives.drive_for_organiser(current_user, drive)
    form = _exception_form(found)
    if request.form.get("step") == "edit":
        return _exceptions_page(found, form)
    if not form.validate():
        return _exceptions_page(found, form), 422
    try:
        gift = _gift(found, form)
        services.refuse_exception(found, gift, by=current_user, at=clock.now())
        if request.form.get("step") != "save":
            return _check_page(form, *_told(found, gift))
        services.make_exception(found, gift, token=form.form_token.data or "", by=current_user, at=clock.now())
    except Refused as refused:
        form.form_errors.append(refused.sentence)
        return _exceptions_page(found, form), 422
    flash(_("Đã lưu ngoại lệ. Người được hưởng thấy ở trang bài kiểm tra của mình."))
    return redirect(url_for("quizzes.exceptions", drive=drive))


def _exception_form(drive: Drive) -> ExceptionForm:
    form = ExceptionForm()
    titles = {str(version.module_id): version.title for version in queries.quizzes_of(drive.id)}
    form.module.choices = {"0": _("Mọi bài kiểm tra của đợt"), **titles}
    named = {str(point.id): point.name for point, _count in drives.points_of(drive.id)}
    form.point.choices = {"0": _("Không theo điểm cầu"), **named}
    return form


def _exceptions_page(drive: Drive, form: ExceptionForm) -> str:
    start = max(0, request.args.get("from", 0, number))
    rows = queries.exceptions_page(drive.id, after=start, size=PAGE + 1)
    titles = _titles(drive)
    return render_template(
        "quizzes/exceptions.html",
        drive=drive,
        form=form,
        rows=[(row, _what(row, titles)) for row in rows[:PAGE]],
        start=start,
        size=PAGE,
        more=len(rows) > PAGE,
        has_quizzes=len(form.module.choices or ()) > 1,
    )


def _titles(drive: Drive) -> dict[int, str]:
    """Also of modules that have no quiz any more, as long as the drive has them."""
    return {row.module_id: row.version.title for row in drive.modules}


def _what(row: QuizException, titles: dict[int, str]) -> str:
    if row.person:
        who = _person(row.person)
    elif row.point:
        who = _("Mọi người ở %(point)s", point=row.point.name)
    else:
        who = _("Mọi người thuộc %(unit)s", unit=row.unit.name if row.unit else "")
    title = titles.get(row.module_id, _("đã đưa ra khỏi đợt")) if row.module_id is not None else None
    return rules.sentence_of_exception(who, title, row.extra())


def _person(person: Person) -> str:
    return f"{person.full_name} ({person.code})"


def _gift(drive: Drive, form: ExceptionForm) -> Gift:
    """What is asked for; codes that lead to nobody in the drive are refused."""
    person_code, unit_code = squeeze(form.person_code.data or ""), squeeze(form.unit_code.data or "")
    person = queries.summoned_person(drive.id, person_code) if person_code else None
    unit = queries.summoned_unit(drive.id, unit_code, clock.today()) if unit_code else None
    if person_code and person is None:
        raise Refused(_("Trong danh sách triệu tập của đợt không có cán bộ mang mã “%(code)s”.", code=person_code))
    if unit_code and unit is None:
        raise Refused(_("Trong danh sách triệu tập của đợt không có ai thuộc đơn vị mã “%(code)s”.", code=unit_code))
    end = form.open_until.data
    extra = Extra(
        reason=squeeze(form.reason.data or ""),
        minutes=form.extra_minutes.data or 0,
        attempts=form.extra_attempts.data or 0,
        open_until=vietnamese.end_of_day(end) if end else None,
    )
    points = {point.id: point for point, _count in drives.points_of(drive.id)}
    return Gift(extra, person, unit, form.module.data or None, points.get(form.point.data or 0))


def _told(drive: Drive, gift: Gift) -> tuple[str, list[str]]:
    """The gift as a sentence, and what it makes of the rules of each quiz that it is about."""
    if gift.person is not None:
        who = _person(gift.person)
    else:
        count = queries.count_reached(gift.scope(drive, clock.today()))
        named = gift.point or gift.unit
        name = named.name if named else ""
        who = _("%(n)s người thuộc %(unit)s", n=vietnamese.format_number(count), unit=name)
    about = [one for one in queries.quizzes_of(drive.id) if gift.module_id in (None, one.module_id)]
    changes, settings = [], queries.all_settings(drive.id)
    for version in about:
        held = queries.resolved(version.quiz or {}, settings.get(version.module_id), drive.opens_at, drive.closes_at)
        before, after = (rules.in_short(rules.terms(held, held.closes_at, extras)) for extras in ([], [gift.extra]))
        changes.append(
            _("“%(title)s”: từ %(before)s thành %(after)s.", title=version.title, before=before, after=after)
        )
    title = about[0].title if gift.module_id else None
    return rules.sentence_of_exception(who, title, gift.extra), changes


def _check_page(form: ExceptionForm | AllowanceForm, told: str, changes: list[str]) -> str:
    """What was typed goes along unseen."""
    typed = {field.name: request.form.get(field.name, "") for field in form if field.name != "csrf_token"}
    return render_template("quizzes/check.html", told=told, changes=changes, reason=form.reason.data, typed=typed)


@bp.get("/<drive>/exceptions/<int:exception_id>/withdraw")
def exception_to_withdraw(drive: str, exception_id: int) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    row = queries.exception_of(found.id, exception_id)
    return _withdraw_exception_page(found, row, WithdrawForm(formdata=None))


@bp.post("/<drive>/exceptions/<int:exception_id>/withdraw")
def withdraw_exception(drive: str, exception_id: int) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    row, form = queries.exception_of(found.id, exception_id), WithdrawForm()
    because = squeeze(form.reason.data or "")
    if not form.validate() or not because:
        return _withdraw_exception_page(found, row, form), 422
    services.withdraw_exception(row, found, by=current_user, at=clock.now(), because=because)
    flash(_("Đã thôi áp dụng ngoại lệ."))
    return redirect(url_for("quizzes.exceptions", drive=drive))


def _withdraw_exception_page(drive: Drive, row: QuizException, form: WithdrawForm) -> str:
    back = url_for("quizzes.exceptions", drive=drive.code)
    return render_template("quizzes/withdraw.html", row=row, told=_what(row, _titles(drive)), form=form, back=back)


@bp.get("/allowances")
def allowances() -> ResponseReturnValue:
    access.require(current_user, Action.GIVE_ALLOWANCES)
    return _allowances_page(
        AllowanceForm(data={"person_code": request.args.get("code", "")[:60], "valid_from": clock.today()})
    )


@bp.post("/allowances")
def give_allowance() -> ResponseReturnValue:
    """First a page that says what this will do; then, from that page, the deed or back to the form."""
    access.require(current_user, Action.GIVE_ALLOWANCES)
    form = AllowanceForm()
    if request.form.get("step") == "edit":
        return _allowances_page(form)
    if not form.validate() or form.valid_from.data is None or form.percent.data is None:
        return _allowances_page(form), 422
    code, reason = squeeze(form.person_code.data or ""), squeeze(form.reason.data or "")
    share = Share(form.percent.data, form.valid_from.data, form.valid_to.data, reason)
    try:
        person = db.session.scalars(queries.allowable_to(current_user).where(Person.code == code)).first()
        if person is None:
            raise Refused(_("Trong phạm vi của đồng chí không có cán bộ mang mã “%(code)s”.", code=code))
        services.refuse_allowance(person, share, by=current_user)
        if request.form.get("step") != "save":
            told = rules.sentence_of_allowance(_person(person), share.percent, share.valid_from, share.valid_to)
            return _check_page(form, told, [])
        services.give_allowance(person, share, token=form.form_token.data or "", by=current_user, at=clock.now())
    except Refused as refused:
        form.form_errors.append(refused.sentence)
        return _allowances_page(form), 422
    flash(_("Đã lưu. Người được thêm giờ thấy ở trang bài kiểm tra của mình."))
    return redirect(url_for("quizzes.allowances"))


def _allowances_page(form: AllowanceForm) -> str:
    start = max(0, request.args.get("from", 0, number))
    rows = queries.allowances_page(current_user, after=start, size=PAGE + 1)
    return render_template(
        "quizzes/allowances.html",
        form=form,
        rows=[(row, _allowed(row)) for row in rows[:PAGE]],
        start=start,
        size=PAGE,
        more=len(rows) > PAGE,
    )


def _allowed(row: Allowance) -> str:
    last = None if row.valid_to == FOREVER else row.valid_to
    return rules.sentence_of_allowance(_person(row.person), row.percent, row.valid_from, last)


@bp.get("/allowances/<int:allowance_id>/withdraw")
def allowance_to_withdraw(allowance_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GIVE_ALLOWANCES)
    return _withdraw_allowance_page(queries.allowance_for(current_user, allowance_id), WithdrawForm(formdata=None))


@bp.post("/allowances/<int:allowance_id>/withdraw")
def withdraw_allowance(allowance_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GIVE_ALLOWANCES)
    row, form = queries.allowance_for(current_user, allowance_id), WithdrawForm()
    because = squeeze(form.reason.data or "")
    if not form.validate() or not because:
        return _withdraw_allowance_page(row, form), 422
    services.withdraw_allowance(row, by=current_user, at=clock.now(), because=because)
    flash(_("Đã thôi áp dụng."))
    return redirect(url_for("quizzes.allowances"))


def _withdraw_allowance_page(row: Allowance, form: WithdrawForm) -> str:
    back = url_for("quizzes.allowances")
    return render_template("quizzes/withdraw.html", row=row, told=_allowed(row), form=form, back=back)
