"""Sign-in, passwords, my account, and the administration of people."""

import json
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer

from lms import access, clock
from lms.access import ROLE_NAMES, Action, public
from lms.db import db
from lms.errors import NotFound, Refused, wants_json
from lms.people import queries, services
from lms.people.forms import AbsenceForm, ChangePasswordForm, DisplayForm, GrantForm, NewPasswordForm, SignInForm
from lms.people.models import Account, RoleGrant
from lms.people.rules import LEAST_PASSWORD, POSITION_NAMES
from lms.people.viewer import signed_in, token_hash
from lms.units.models import Unit
from lms.web import current_user, local_path, number

bp = Blueprint("people", __name__, url_prefix="/people")

PAGE = 50
MOST_KEPT = 400_000
"""Bytes of an interrupted form that are carried over a sign-in; a long reflection is about 60 000."""


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(url_for("home.desk"))
    return _sign_in_page(SignInForm(), goal=local_path(request.args.get("next", "")))


@bp.post("/sign-in")
@public
def open_sign_in() -> ResponseReturnValue:
    form = SignInForm()
    goal, kept = local_path(request.form.get("next", "")), request.form.get("kept", "")
    if not form.validate():
        return _sign_in_page(form, goal=goal, kept=kept), 422
    attempt = services.Try(
        username=form.username.data or "",
        secret=form.secret.data or "",
        address=request.remote_addr or "",
        browser=request.user_agent.string,
        device=_known_device(form.username.data or ""),
    )
    try:
        opened = services.sign_in(attempt, at=clock.now())
    except Refused as refused:
        form.secret.errors = [refused.sentence]
        return _sign_in_page(form, goal=goal, kept=kept), 429 if "wait" in refused.details else 422
    session.clear()
    g.pop("csrf_token", None)  # it was signed for the session that has just ended
    session.permanent = True
    viewer = signed_in(opened.token)
    login_user(viewer)
    page: ResponseReturnValue = redirect(goal or url_for("home.desk"))
    if kept and goal and viewer is not None and viewer.must_choose_password:
        page = _password_page(NewPasswordForm(formdata=None), goal=goal, kept=kept)
    elif kept and goal:
        page = _resend_page(goal, kept)
    response = current_app.make_response(page)
    _remember_device(response, opened.account)
    return response


def _resend_page(goal: str, kept: str) -> str:
    return render_template("people/resend.html", goal=goal, fields=_kept_fields(kept))


def _sign_in_page(form: SignInForm, *, goal: str, kept: str = "") -> str:
    return render_template("people/sign_in.html", form=form, goal=goal, kept=kept)


def ask_to_sign_in() -> ResponseReturnValue:
    """What a request without a sign-in meets. A form that was just sent is carried along and can be sent again.

    Forms of this step are not: they hold passwords, and nobody signs in to sign out.
    """
    sentence = _("Phiên làm việc đã hết hạn. Đồng chí đăng nhập lại; nội dung đang làm vẫn được giữ.")
    if wants_json():
        return jsonify({"error": sentence, "sign_in": url_for("people.sign_in")}), 401
    if request.method == "GET":
        return redirect(url_for("people.sign_in", next=local_path(request.full_path.rstrip("?"))))
    if request.blueprint == bp.name or not _is_ours() or (request.content_length or 0) > MOST_KEPT or request.files:
        return redirect(url_for("people.sign_in"))
    fields = [[name, value] for name, value in request.form.items(multi=True) if name != "csrf_token"]
    page = render_template(
        "people/sign_in.html",
        form=SignInForm(formdata=None),
        goal=local_path(request.path),
        kept=json.dumps(fields, ensure_ascii=False),
        notice=sentence,
    )
    return page, 401


def _is_ours() -> bool:
    """Was the form sent from a page of this server? Only then is its content worth keeping."""
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(origin).netloc == request.host


def _kept_fields(kept: str) -> list[tuple[str, str]]:
    try:
        return [(str(name), str(value)) for name, value in json.loads(kept)]
    except (ValueError, TypeError):
        return []


def _device_signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known-device")


def _known_device(username: str) -> str | None:
    """The id of this device, when its cookie says that it once signed in to the account."""
    try:
        name, device = _device_signer().loads(request.cookies.get("device", ""))
    except (BadSignature, ValueError, TypeError):
        return None
    return str(device) if name == username.strip().lower() else None


def _remember_device(response: Response, account: Account) -> None:
    device = token_hash(f"{account.id}{clock.now().isoformat()}").hex()[:16]
    response.set_cookie(
        "device",
        _device_signer().dumps([account.username, device]),
        max_age=365 * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["HTTPS"],
        path=url_for("people.sign_in"),
    )


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    services.sign_out(current_user, at=clock.now())
    logout_user()
    session.clear()
    flash(_("Đồng chí đã đăng xuất."))
    response = current_app.make_response(redirect(url_for("people.sign_in")))
    response.headers["Clear-Site-Data"] = '"storage"'  # what was kept for the hours without a network
    return response


@bp.get("/password")
def password() -> ResponseReturnValue:
    return _password_page(NewPasswordForm() if current_user.must_choose_password else ChangePasswordForm())


def _password_page(form: NewPasswordForm | ChangePasswordForm, *, goal: str = "", kept: str = "") -> str:
    return render_template("people/password.html", form=form, least=LEAST_PASSWORD, goal=goal, kept=kept)


@bp.post("/password")
def save_password() -> ResponseReturnValue:
    """Saved, and on to what an interrupted form held, where signing in with a code stood between."""
    first = current_user.must_choose_password
    form = NewPasswordForm() if first else ChangePasswordForm()
    goal, kept = local_path(request.form.get("next", "")), request.form.get("kept", "")
    if form.validate():
        account = db.session.get_one(Account, current_user.account_id)
        keep, at, chosen = current_user.sign_in_id, clock.now(), form.password.data or ""
        try:
            if first:
                services.set_password(account, chosen, at=at, keep=keep)
            else:
                services.change_password(account, form.current.data or "", chosen, at=at, keep=keep)
        except Refused as refused:
            form.password.errors = [refused.sentence]
        else:
            flash(_("Đã lưu mật khẩu mới. Các máy khác đã được đăng xuất."))
            return _resend_page(goal, kept) if kept and goal else redirect(url_for("home.desk"))
    return _password_page(form, goal=goal, kept=kept), 422


@bp.get("/me")
def me() -> ResponseReturnValue:
    form = DisplayForm(formdata=None, text_size=current_user.text_size.value, high_contrast=current_user.high_contrast)
    return _my_page(form, goal=local_path(request.args.get("next", "")))


@bp.post("/me/display")
def choose_display() -> ResponseReturnValue:
    """Saved, and back to the page from which somebody came to choose."""
    form, goal = DisplayForm(), local_path(request.form.get("next", ""))
    if not form.validate():
        return _my_page(form, goal=goal), 422
    services.choose_display(current_user, form.text_size.data, high_contrast=form.high_contrast.data)
    flash(_("Đã lưu cách hiển thị."))
    return redirect(goal or url_for("people.me"))


def _my_page(form: DisplayForm, *, goal: str) -> str:
    post = queries.main_post(current_user.person_id, clock.today())
    return render_template(
        "people/me.html",
        form=form,
        goal=goal,
        post=post,
        positions=POSITION_NAMES,
        grants=queries.grants_of(current_user.person_id),
        role_names=ROLE_NAMES,
    )


@bp.get("/")
def people() -> ResponseReturnValue:
    access.require(current_user, Action.MANAGE_PEOPLE)
    words, start = request.args.get("q", "").strip(), max(0, request.args.get("from", 0, number))
    found = queries.people_page(current_user, words=words, after=start, size=PAGE + 1)
    return render_template(
        "people/people.html",
        people=found[:PAGE],
        words=words,
        start=start,
        size=PAGE,
        more=len(found) > PAGE,
        positions=POSITION_NAMES,
        today=clock.today(),
    )


@bp.get("/<int:person_id>")
def person(person_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.MANAGE_PEOPLE)
    return _person_page(person_id, GrantForm(formdata=None))


def _person_page(person_id: int, form: GrantForm, code: str = "") -> str:
    return render_template(
        "people/person.html",
        person=queries.person_for(current_user, person_id),
        grants=queries.grants_of(person_id),
        form=form,
        code=code,
        days=current_app.config["CODE_DAYS"],
        positions=POSITION_NAMES,
        role_names=ROLE_NAMES,
        today=clock.today(),
    )


@bp.post("/<int:person_id>/code")
def issue_code(person_id: int) -> ResponseReturnValue:
    """Shows the code in the answer itself: it is kept nowhere, so there is no page to come back to."""
    access.require(current_user, Action.MANAGE_PEOPLE)
    found = queries.person_for(current_user, person_id)
    code = services.issue_code(found, by=current_user, at=clock.now(), days=current_app.config["CODE_DAYS"])
    return _person_page(person_id, GrantForm(formdata=None), code)


@bp.post("/<int:person_id>/roles")
def grant_role(person_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.MANAGE_PEOPLE)
    found, form = queries.person_for(current_user, person_id), GrantForm()
    if form.validate():
        unit = db.session.scalars(db.select(Unit).where(Unit.code == (form.unit_code.data or "").strip())).one_or_none()
        if unit is None:
            form.unit_code.errors = [_("Không có đơn vị nào mang mã này. Đồng chí xem mã ở danh sách đơn vị.")]
        else:
            try:
                services.grant_role(found, form.role.data, unit, by=current_user, on=clock.today())
            except Refused as refused:
                form.role.errors = [refused.sentence]
            else:
                flash(_("Đã cấp vai trò."))
                return redirect(url_for("people.person", person_id=person_id))
    return _person_page(person_id, form), 422


@bp.post("/<int:person_id>/roles/<int:grant_id>/end")
def end_role(person_id: int, grant_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.MANAGE_PEOPLE)
    found = queries.person_for(current_user, person_id)
    grant = db.session.get(RoleGrant, grant_id)
    if grant is None or grant.person_id != found.id:
        raise NotFound()
    services.end_role(grant, by=current_user, on=clock.today())
    flash(_("Đã thôi vai trò."))
    return redirect(url_for("people.person", person_id=person_id))


@bp.get("/<int:person_id>/absences")
def absences(person_id: int) -> ResponseReturnValue:
    return _absences_page(person_id, AbsenceForm(formdata=None))


def _absences_page(person_id: int, form: AbsenceForm) -> str:
    found = queries.person_or_self(current_user, person_id)
    return render_template("people/absences.html", person=found, form=form, absences=queries.absences_of(found.id))


@bp.post("/<int:person_id>/absences")
def note_absence(person_id: int) -> ResponseReturnValue:
    found, form = queries.person_or_self(current_user, person_id), AbsenceForm()
    first, last = form.first_day.data, form.last_day.data
    if form.validate() and first and last:
        try:
            services.note_absence(found, first, last, form.reason.data or "", by=current_user, at=clock.now())
        except Refused as refused:
            form.last_day.errors = [refused.sentence]
        else:
            flash(_("Đã ghi kỳ nghỉ. Trong những ngày đó bài nộp mới được chuyển cho giám khảo khác."))
            return redirect(url_for("people.absences", person_id=person_id))
    return _absences_page(person_id, form), 422


@bp.post("/<int:person_id>/absences/<int:absence_id>/withdraw")
def withdraw_absence(person_id: int, absence_id: int) -> ResponseReturnValue:
    found = queries.person_or_self(current_user, person_id)
    services.withdraw_absence(found, absence_id, by=current_user, at=clock.now())
    flash(_("Đã bỏ kỳ nghỉ."))
    return redirect(url_for("people.absences", person_id=person_id))
