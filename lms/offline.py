"""What a browser may keep for the hours without a network, for whom, and the service worker that keeps it.

Every other page is `no-store`. A page named here carries an owner: the worker keeps it for that person alone, and lets
go of it when it is older than a sign-in may rest, and of all pages when somebody signs out, a sign-in has ended, or
another person signs in on the same device.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from flask import Flask, Response, current_app, request, url_for
from flask.globals import request_ctx

from lms.web import current_user

OWNER = "Offline-Owner"
"""The header that lets a page be kept, and says for whom."""
NOBODY = "nobody"

KEPT_OFFLINE = ("home.desk", "lessons.module", "lessons.lesson", "reflections.write")
"""Pages that stay usable without a network once they were opened."""
SHOWN_TO_NOBODY = "people.sign_in"
"""Who sees it is signed in no longer, so no page may stay."""

SHELL = ("css/tokens.css", "css/base.css", "css/home.css", "img/icon.svg", "js/offline.js", "js/waiting.js")
MODULES = ("js/store.js", "js/outbox.js", "js/send.js")
"""What the page without a network needs; modules are asked for by other modules, without a version."""


@lru_cache(maxsize=4096)
def _owner(secret: str, person_id: int) -> str:
    return hmac.new(secret.encode(), f"offline:{person_id}".encode(), hashlib.sha256).hexdigest()[:16]


def owner() -> str:
    """A name for the signed-in person that means nothing to anybody else; the same at every sign-in."""
    return _owner(current_app.config["SECRET_KEY"], current_user.person_id)


@cache
def _version(static: Path) -> str:
    """Changes with any static file."""
    seen = hashlib.sha256()
    for file in sorted(static.rglob("*.*")):
        seen.update(file.relative_to(static).as_posix().encode())
        seen.update(file.read_bytes())
    return seen.hexdigest()[:16]


def service_worker() -> str:
    """The worker's script for this version of the assets; browsers fetch it anew when a byte of it changes."""
    static = Path(current_app.static_folder or "")
    asset = cast(Callable[[str], str], current_app.jinja_env.globals["asset"])
    shell = {
        "version": _version(static),
        "assets": [*map(asset, SHELL), *(url_for("static", filename=name) for name in MODULES)],
        "page": url_for("home.offline_page"),
        "static": url_for("static", filename=""),
        "pictures": url_for("content.image", digest="-").removesuffix("-"),
        "signOut": url_for("people.sign_out"),
        "owner": OWNER,
        "nobody": NOBODY,
        "hours": current_app.config["SESSION_HOURS"],
    }
    script = (static / "js" / "service-worker.js").read_text("utf-8")
    return f"const SHELL = {json.dumps(shell)};\n{script}"


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(offline_owner=owner)

    @app.after_request
    def _name_owner(response: Response) -> Response:
        """A page with a message about what was just done is not one to come back to."""
        if response.status_code == 200 and request.endpoint in KEPT_OFFLINE and not request_ctx.flashes:
            if current_user.is_authenticated:
                response.headers[OWNER] = owner()
        elif request.endpoint == SHOWN_TO_NOBODY and response.status_code == 200:
            response.headers[OWNER] = NOBODY
        return response
