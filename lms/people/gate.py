"""Every page wants a sign-in unless its view is marked `@public`; every POST wants its token."""

from datetime import timedelta

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager

from lms import clock
from lms.people import services
from lms.people.viewer import SignedIn, signed_in
from lms.people.views import ask_to_sign_in
from lms.web import csrf, current_user

SEEN_EVERY = timedelta(minutes=10)
OPEN_WITHOUT_PASSWORD = ("people.password", "people.save_password", "people.sign_out")


def init_app(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)
    manager.user_loader(still_signed_in)
    app.before_request(sign_in_first)


def sign_in_first() -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static":
        return None
    is_public = getattr(view, "is_public", False)
    if not is_public and not current_user.is_authenticated:
        return ask_to_sign_in()
    if hasattr(view, "most_bytes"):
        request.max_content_length = view.most_bytes
    if request.method == "POST":
        csrf.protect()
    if is_public:
        return None
    if current_user.must_choose_password and request.endpoint not in OPEN_WITHOUT_PASSWORD:
        return redirect(url_for("people.password"))
    if clock.now() - current_user.seen_at > SEEN_EVERY:
        services.note_seen(current_user, at=clock.now())
    return None


def still_signed_in(token: str) -> SignedIn | None:
    """The person behind a device's token, unless the device was idle for too long: then nobody, on every page."""
    viewer = signed_in(token)
    idle = timedelta(hours=current_app.config["SESSION_HOURS"])
    return viewer if viewer is not None and clock.now() - viewer.seen_at <= idle else None
