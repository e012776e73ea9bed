"""What every page shares on the wire: who is asking, forged forms refused, safe headers, local redirects only."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

import flask_login
from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter, Map

if TYPE_CHECKING:
    from lms.people.viewer import SignedIn

current_user = cast("SignedIn", flask_login.current_user)
"""The signed-in person; on a page for everybody it may be nobody (`is_authenticated` is then False)."""

csrf = CSRFProtect()

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def content_security_policy(**otherwise: str) -> str:
    """The policy of every page, with what a single page needs otherwise, as in `frame_src="'self'"`."""
    changed = {name.replace("_", "-"): value for name, value in otherwise.items()}
    return "; ".join(f"{name} {value}" for name, value in (POLICY | changed).items())


CONTENT_SECURITY_POLICY = content_security_policy()

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


KEPT_BY_BROWSERS = ("static", "content.image")
"""What an address names by its content, so that a browser may keep it; pages only by the rules of `offline.py`."""

LARGEST = 2**31 - 1
"""The largest number that a column holds on every database."""


class Id(IntegerConverter):
    """A number in an address; a larger one than any row has is an address that does not exist."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST, **options})


View = TypeVar("View", bound=Callable[..., object])


def takes_up_to(most: int) -> Callable[[View], View]:
    """Let a view read a larger request than the setting allows; everybody else's limit stays."""

    def mark(view: View) -> View:
        view.most_bytes = most  # type: ignore[attr-defined]
        return view

    return mark


def number(text: str) -> int:
    """A number from a query or a form, for `type=`: what no column can hold counts as not given."""
    value = int(text)
    if abs(value) > LARGEST:
        raise ValueError
    return value


def local_path(path: str) -> str:
    """The path when it leads to a page of this server, else nothing: never a redirect to a stranger."""
    parts = urlsplit(path)
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if is_local and "\\" not in path and path.isprintable() else ""


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = Id
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)

    headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if app.config["HTTPS"] else {})

    @app.after_request
    def _safe_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if request.endpoint not in KEPT_BY_BROWSERS or "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response
