"""Thu Hoạch: study drives, quizzes and reflections for trade-union cadres."""

import os
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

STEPS = (
    *(
        "home",
        "notices",
        "people",
        "units",
        "content",
        "drives",
        "lessons",
        "quizzes",
        "reflections",
        "grading",
        "papers",
        "behalf",
        "reports",
    ),
    *("authoring", "publishing"),
)
"""The steps that have pages; `completion` only answers questions."""

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def create_app(instance: Path | str = "instance", **given: Any) -> "Flask":
    """The application for an instance folder. `given` settings win over environment and `settings.toml`."""
    # Imported here, so that a child process that only reads a file starts without all of it.
    from flask import Flask
    from flask_babel import Babel
    from flask_migrate import Migrate
    from werkzeug.middleware.proxy_fix import ProxyFix

    from lms import config, db, errors, offline, pages, web

    folder = Path(instance).resolve()

    app = Flask(__name__, instance_path=str(folder))
    app.config.from_mapping(config.load(folder, os.environ, given))
    app.config.update(
        MAX_CONTENT_LENGTH=app.config["MAX_UPLOAD_MB"] * 1_000_000,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.config["HTTPS"],
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=31),
        BABEL_DEFAULT_LOCALE="vi",
        BABEL_DEFAULT_TIMEZONE="Asia/Ho_Chi_Minh",
    )
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Babel(app)
    db.init_app(app)
    Migrate(app, db.db, directory=str(MIGRATIONS), render_as_batch=True)
    web.init_app(app)
    errors.init_app(app)
    pages.init_app(app)
    offline.init_app(app)
    import_module("lms.people.gate").init_app(app)
    for step in STEPS:
        app.register_blueprint(import_module(f"lms.{step}.views").bp)
    return app
