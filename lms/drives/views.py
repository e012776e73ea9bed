"""The organiser's pages: drives, plan, summons list, attendance."""

import re
from datetime import date, datetime, time

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from lms import access, clock, vietnamese
from lms.access import ROLES_FOR, Action
from lms.content import queries as content
from lms.content.models import ModuleVersion
from lms.db import db
from lms.drives import queries, services
from lms.drives.forms import AssignForm, DocumentForm, DriveForm, PointsForm, SessionForm, SummonForm
from lms.drives.models import Drive, DriveSession, Summons
from lms.drives.rules import DOCUMENT_TYPES, KIND_NAMES, PRESENCE_NAMES, RATING_NAMES, Presence, Thresholds
from lms.errors import NotFound, Refused
from lms.people.models import Person
from lms.units import queries as units
from lms.units.models import Unit
from lms.vietnamese import VIETNAM
from lms.web import current_user

bp = Blueprint("drives", __name__, url_prefix="/drives")


@bp.before_request
def organisers_only() -> None:
    access.require(current_user, Action.ORGANISE_DRIVES)


@bp.get("/")
def drives() -> ResponseReturnValue:
    found = list(db.session.scalars(queries.organised_by(current_user)))
    counts = queries.count_summoned([drive.id for drive in found])
    return render_template("drives/drives.html", drives=found, counts=counts, kinds=KIND_NAMES, now=clock.now())


@bp.get("/new")
def new() -> ResponseReturnValue:
    form = _drive_form(None)
    return _plan_page(form, None)


@bp.post("/new")
def create() -> ResponseReturnValue:
    form = _drive_form(None)
    if form.validate():
        try:
            unit = db.session.get_one(Unit, form.unit.data)
            drive = services.create_drive(form.code.data or "", unit, _plan(form, None), by=current_user)
        except Refused as refused:
            form.form_errors.append(refused.sentence)
        else:
            flash(_("Đã mở đợt học tập. Tiếp theo: triệu tập học viên."))
            return redirect(url_for("drives.drive", code=drive.code))
    return _plan_page(form, None), 422


@bp.get("/<code>/plan")
def plan(code: str) -> ResponseReturnValue:
    drive = queries.drive_for_organiser(current_user, code)
    return _plan_page(_drive_form(drive), drive)


@bp.post("/<code>/plan")
def change(code: str) -> ResponseReturnValue:
    drive = queries.drive_for_organiser(current_user, code)
    form = _drive_form(drive)
    if form.validate():
        try:
            services.change_drive(drive, _plan(form, drive), by=current_user)
        except Refused as refused:
            form.form_errors.append(refused.sentence)
        else:
            flash(_("Đã lưu kế hoạch."))
            return redirect(url_for("drives.drive", code=code))
    return _plan_page(form, drive), 422


def _drive_form(drive: Drive | None) -> DriveForm:
    form = DriveForm(data=_as_typed(drive) if drive else None)
    roots = current_user.unit_ids(ROLES_FOR[Action.ORGANISE_DRIVES])
    units = db.session.scalars(db.select(Unit).where(Unit.id.in_([*roots, *([drive.unit_id] if drive else [])])))
    form.unit.choices = {str(unit.id): unit.name for unit in units}
    reflective = [version for version in _offered(drive) if version.prompts]
    titles = {str(version.id): f"{version.module.code} – {version.title}" for version in reflective}
    form.reflection.choices = {"0": _("Không yêu cầu thu hoạch"), **titles}
    return form


def _as_typed(drive: Drive) -> dict[str, object]:
    local = {name: vietnamese.day_of(getattr(drive, name)) for name in ("opens_at", "reflection_due_at", "closes_at")}
    return {
        **{
            name: getattr(drive, name)
            for name in ("code", "title", "kind", "partners", "forbids_direct", "may_withdraw")
        },
        **{name: getattr(drive, name) for name in ("needs_lessons", "needs_quizzes", "needs_sessions", "least_rating")},
        **{name: getattr(drive, name) for name in ("excellent", "good", "average", "most_returns")},
        "unit": drive.unit_id,
        "reflection": drive.reflection_version_id or 0,
        "opens_on": local["opens_at"],
        "due_on": local["reflection_due_at"],
        "late_on": vietnamese.day_of(drive.late_until) if drive.late_until else None,
        "grace_seconds": drive.grace_seconds,
        "closes_on": local["closes_at"],
    }


def _offered(drive: Drive | None) -> list[ModuleVersion]:
    """The newest version of every module, and beside it the one that the drive has pinned."""
    latest = list(db.session.scalars(content.latest_versions()))
    pinned = [row.version for row in drive.modules] if drive else []
    return latest + [version for version in pinned if version not in latest]


def _plan_page(form: DriveForm, drive: Drive | None) -> str:
    orders = {row.version_id: str(row.position) for row in drive.modules} if drive else {}
    if request.method == "POST":
        orders = {version.id: request.form.get(f"order-{version.id}", "") for version in _offered(drive)}
    return render_template(
        "drives/plan.html", form=form, drive=drive, offered=_offered(drive), orders=orders, ratings=RATING_NAMES
    )


def _plan(form: DriveForm, drive: Drive | None) -> services.Plan:
    offered = {version.id: version for version in _offered(drive)}
    chosen: list[tuple[int, ModuleVersion]] = []
    for version in offered.values():
        typed = request.form.get(f"order-{version.id}", "").strip()
        if typed and not re.fullmatch("[0-9]{1,4}", typed):
            raise Refused(_("Thứ tự “%(n)s” phải là số.", n=typed[:20]))
        if typed and int(typed):
            chosen.append((int(typed), version))
    if len({version.module_id for _order, version in chosen}) < len(chosen):
        raise Refused(_("Mỗi chuyên đề chỉ chọn một phiên bản."))
    return services.Plan(
        title=vietnamese.squeeze(form.title.data or ""),
        kind=form.kind.data,
        partners=vietnamese.squeeze(form.partners.data or ""),
        opens_at=datetime.combine(_day(form.opens_on.data), time(), VIETNAM),
        reflection_due_at=vietnamese.end_of_day(_day(form.due_on.data)),
        closes_at=vietnamese.end_of_day(_day(form.closes_on.data)),
        late_until=vietnamese.end_of_day(form.late_on.data) if form.late_on.data else None,
        grace_seconds=60 if form.grace_seconds.data is None else form.grace_seconds.data,
        versions=[version for _order, version in sorted(chosen, key=lambda pair: pair[0])],
        reflection_version=offered.get(form.reflection.data),
        forbids_direct=form.forbids_direct.data,
        may_withdraw=form.may_withdraw.data,
        needs_lessons=form.needs_lessons.data,
        needs_quizzes=form.needs_quizzes.data,
        needs_sessions=form.needs_sessions.data or 0,
        least_rating=form.least_rating.data,
        thresholds=Thresholds(*(float(field.data or 0) for field in (form.excellent, form.good, form.average))),
        most_returns=2 if form.most_returns.data is None else form.most_returns.data,
    )


def _day(value: date | None) -> date:
    assert value is not None  # the form's validators have seen to it
    return value


def _moment(value: datetime | None) -> datetime:
    assert value is not None  # the form's validators have seen to it
    return value.replace(tzinfo=VIETNAM)


@bp.get("/<code>")
def drive(code: str) -> ResponseReturnValue:
    return _drive_page(code, DocumentForm(formdata=None), SessionForm(formdata=None))


def _drive_page(code: str, document_form: DocumentForm, session_form: SessionForm) -> str:
    found = queries.drive_for_organiser(current_user, code)
    return render_template(
        "drives/drive.html",
        drive=found,
        kinds=KIND_NAMES,
        ratings=RATING_NAMES,
        types=DOCUMENT_TYPES,
        document_form=document_form,
        session_form=session_form,
        count=queries.count_summoned([found.id]).get(found.id, 0),
        notes=queries.bank_notes(found.id, clock.today()),
        now=clock.now(),
    )


@bp.post("/<code>/documents")
def cite_document(code: str) -> ResponseReturnValue:
    found, form = queries.drive_for_organiser(current_user, code), DocumentForm()
    if form.validate():
        try:
            services.cite_document(
                found,
                by=current_user,
                type=form.type.data,
                number=vietnamese.squeeze(form.number.data or ""),
                issued_on=_day(form.issued_on.data),
                issuer=vietnamese.squeeze(form.issuer.data or ""),
                about=vietnamese.squeeze(form.about.data or ""),
            )
        except Refused as refused:
            form.number.errors = [refused.sentence]
        else:
            return redirect(url_for("drives.drive", code=code, _anchor="van-ban"))
    return _drive_page(code, form, SessionForm(formdata=None)), 422


@bp.post("/<code>/sessions")
def add_session(code: str) -> ResponseReturnValue:
    found, form = queries.drive_for_organiser(current_user, code), SessionForm()
    if form.validate():
        try:
            services.add_session(
                found,
                by=current_user,
                title=vietnamese.squeeze(form.title.data or ""),
                starts_at=_moment(form.starts_at.data),
                ends_at=_moment(form.ends_at.data),
                place=vietnamese.squeeze(form.place.data or ""),
            )
        except Refused as refused:
            form.ends_at.errors = [refused.sentence]
        else:
            return redirect(url_for("drives.drive", code=code, _anchor="buoi-hoc"))
    return _drive_page(code, DocumentForm(formdata=None), form), 422


@bp.get("/<code>/summons")
def summons(code: str) -> ResponseReturnValue:
    return _summons_page(code, SummonForm(formdata=None))


def _summons_page(code: str, form: SummonForm) -> str:
    found, words = queries.drive_for_organiser(current_user, code), request.args.get("q", "").strip()
    return render_template(
        "drives/summons.html",
        drive=found,
        rows=list(db.session.scalars(queries.summoned(found.id, words=words))),
        words=words,
        form=form,
    )


@bp.post("/<code>/summons")
def summon(code: str) -> ResponseReturnValue:
    """Only people of the units that the organiser organises for can be called."""
    found, form = queries.drive_for_organiser(current_user, code), SummonForm()
    if not form.validate():
        return _summons_page(code, form), 422
    roots = current_user.unit_ids(ROLES_FOR[Action.ORGANISE_DRIVES])
    within_reach = queries.candidates(roots, clock.today())
    codes = {line.strip() for line in (form.codes.data or "").splitlines() if line.strip()}
    unit_code = (form.unit_code.data or "").strip()
    people: list[Person] = []
    if codes:
        people = [row.Person for row in db.session.execute(within_reach.where(Person.code.in_(codes)))]
        if unknown := sorted(codes - {person.code for person in people}):
            shown = ", ".join(unknown[:10])
            form.codes.errors = [
                _("Không tìm thấy trong phạm vi của đồng chí: %(codes)s. Sửa hoặc bỏ các mã này.", codes=shown)
            ]
            return _summons_page(code, form), 422
    if unit_code:
        unit = queries.units_named([unit_code]).get(unit_code)
        if unit is None or not access.may(current_user, Action.ORGANISE_DRIVES, unit.id):
            form.unit_code.errors = [_("Không có đơn vị này trong phạm vi của đồng chí.")]
            return _summons_page(code, form), 422
        people += [row.Person for row in db.session.execute(queries.candidates([unit.id], clock.today()))]
    if not people:
        form.codes.errors = [_("Đồng chí nhập mã cán bộ, hoặc mã đơn vị có người giữ chức vụ.")]
        return _summons_page(code, form), 422
    new, _left_out = services.summon(
        found, people, by=current_user, at=clock.now(), reason=vietnamese.squeeze(form.reason.data or "")
    )
    flash(_("Đã triệu tập thêm %(n)s người.", n=new))
    return redirect(url_for("drives.summons", code=code))


@bp.get("/<code>/points")
def points(code: str) -> ResponseReturnValue:
    found = queries.drive_for_organiser(current_user, code)
    return _points_page(found, PointsForm(formdata=None), _assign_form(found, sent=False))


@bp.post("/<code>/points")
def add_points(code: str) -> ResponseReturnValue:
    found, form = queries.drive_for_organiser(current_user, code), PointsForm()
    try:
        if form.validate():
            lines = (form.points.data or "").splitlines()
            new = services.add_points(found, lines, by=current_user, at=clock.now())
            flash(_("Đã thêm %(n)s điểm cầu.", n=new))
            return redirect(url_for("drives.points", code=code))
    except Refused as refused:
        form.form_errors.append(refused.sentence)
    return _points_page(found, form, _assign_form(found, sent=False)), 422


@bp.post("/<code>/points/assign")
def assign_point(code: str) -> ResponseReturnValue:
    """By unit or by codes; a code that is not in the list of the summoned is named, and nobody is moved."""
    found = queries.drive_for_organiser(current_user, code)
    form = _assign_form(found, sent=True)
    scope = _chosen(found, form) if form.validate() else None
    if scope is None:
        return _points_page(found, PointsForm(formdata=None), form), 422
    moved = services.assign_point(found, form.point.data or None, scope, by=current_user, at=clock.now())
    flash(_("Đã xếp %(n)s người.", n=moved))
    return redirect(url_for("drives.points", code=code))


def _chosen(drive: Drive, form: AssignForm) -> ColumnElement[bool] | None:
    """The summonses that the form names; None with its errors where it names none."""
    codes = {line.strip() for line in (form.codes.data or "").splitlines() if line.strip()}
    unit_code = (form.unit_code.data or "").strip()
    if bool(codes) == bool(unit_code):
        form.unit_code.errors = [_("Đồng chí ghi mã đơn vị hoặc mã cán bộ, chỉ một trong hai.")]
        return None
    if unit_code:
        unit = queries.units_named([unit_code]).get(unit_code)
        if unit is None:
            form.unit_code.errors = [_("Không có đơn vị mang mã “%(code)s”.", code=unit_code)]
            return None
        return units.within(Summons.unit_id, [unit.id], clock.today())
    rows = db.session.scalars(queries.summoned(drive.id).where(Person.code.in_(codes))).all()
    if unknown := sorted(codes - {row.person.code for row in rows}):
        shown = ", ".join(unknown[:10])
        form.codes.errors = [_("Không có trong danh sách triệu tập: %(codes)s. Sửa hoặc bỏ các mã này.", codes=shown)]
        return None
    return Summons.id.in_([row.id for row in rows])


def _assign_form(drive: Drive, *, sent: bool) -> AssignForm:
    form = AssignForm() if sent else AssignForm(formdata=None)
    named = {str(point.id): point.name for point, _count in queries.points_of(drive.id)}
    form.point.choices = {"0": _("Không xếp điểm cầu"), **named}
    return form


def _points_page(drive: Drive, form: PointsForm, assign: AssignForm) -> str:
    return render_template(
        "drives/points.html", drive=drive, rows=queries.points_of(drive.id), form=form, assign_form=assign
    )


@bp.post("/<code>/summons/<int:summons_id>/withdraw")
def withdraw(code: str, summons_id: int) -> ResponseReturnValue:
    found = queries.drive_for_organiser(current_user, code)
    row = db.session.get(Summons, summons_id)
    if row is None or row.drive_id != found.id:
        raise NotFound()
    services.withdraw(row, by=current_user, at=clock.now(), because=request.form.get("reason", ""))
    flash(_("Đã rút tên khỏi danh sách triệu tập. Kết quả đã có vẫn được giữ."))
    return redirect(url_for("drives.summons", code=code))


def _session_of(found: Drive, session_id: int) -> DriveSession:
    for row in found.sessions:
        if row.id == session_id:
            return row
    raise NotFound()


@bp.get("/<code>/sessions/<int:session_id>")
def attendance(code: str, session_id: int) -> ResponseReturnValue:
    found = queries.drive_for_organiser(current_user, code)
    return render_template(
        "drives/attendance.html",
        drive=found,
        session=_session_of(found, session_id),
        rows=list(db.session.scalars(queries.summoned(found.id))),
        noted=queries.attendances(session_id),
        presences=PRESENCE_NAMES,
    )


@bp.post("/<code>/sessions/<int:session_id>")
def note_attendance(code: str, session_id: int) -> ResponseReturnValue:
    found = queries.drive_for_organiser(current_user, code)
    presences = {}
    for name, value in request.form.items():
        if (field := re.fullmatch("presence-([0-9]{1,18})", name)) and value in ["", *Presence]:
            presences[int(field[1])] = Presence(value) if value else None
    row = _session_of(found, session_id)
    count = services.note_attendance(row, found, presences, by=current_user, at=clock.now())
    flash(_("Đã lưu điểm danh: %(n)s thay đổi.", n=count))
    return redirect(url_for("drives.attendance", code=code, session_id=session_id))
