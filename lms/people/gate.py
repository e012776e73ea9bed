"""Every page wants a sign-in unless its view is marked `@public`; every POST wants its token."""

from datetime import timedelta

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager

from lms import clock
from lms.people import services
from lms.people.viewer import signed_in
from lms.people.views import ask_to_sign_in
from lms.web import csrf, current_user

SEEN_EVERY = timedelta(minutes=10)
OPEN_WITHOUT_PASSWORD = ("people.password", "people.save_password", "people.sign_out")


def init_app(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)
    manager.user_loader(signed_in)
    app.before_request(sign_in_first)


def sign_in_first() -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static":
        return None
    is_public = getattr(view, "is_public", False)
    if not is_public and (not current_user.is_authenticated or _is_stale()):
        return ask_to_sign_in()
    if request.method == "POST":
        csrf.protect()
    if is_public:
        return None
    if current_user.must_choose_password and request.endpoint not in OPEN_WITHOUT_PASSWORD:
        return redirect(url_for("people.password"))
    if clock.now() - current_user.seen_at > SEEN_EVERY:
        services.note_seen(current_user, at=clock.now())
    return None


def _is_stale() -> bool:
    return clock.now() - current_user.seen_at > timedelta(hours=current_app.config["SESSION_HOURS"])
