"""What every template may use: words for numbers and dates, the policy, and addresses of static files."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import cast

from flask import Flask, g, request, url_for
from flask_babel import get_translations
from markupsafe import Markup

from lms import access, richtext, vietnamese
from lms.access import Action
from lms.web import current_user

NAVIGATION: tuple[tuple[str, str, tuple[Action, ...]], ...] = (
    ("home.desk", "Trang của tôi", ()),
    ("grading.queue", "Chấm bài", (Action.GRADE,)),
    ("drives.drives", "Đợt học tập", (Action.ORGANISE_DRIVES,)),
    ("reports.reports", "Tiến độ", (Action.SEE_PROGRESS,)),
    ("reports.audit_trail", "Nhật ký", (Action.READ_AUDIT,)),
    ("authoring.desk", "Soạn thảo", (Action.EDIT_CONTENT, Action.APPROVE_CONTENT)),
    ("content.modules", "Chuyên đề", (Action.SEE_CONTENT,)),
    ("people.people", "Cán bộ", (Action.MANAGE_PEOPLE,)),
    ("units.units", "Đơn vị", (Action.MANAGE_PEOPLE, Action.ORGANISE_DRIVES)),
)
"""The menu: endpoint, label, and the actions of which one is needed."""


def _translations() -> NullTranslations:
    """Looked up once a request instead of once a message: a page has about sixty."""
    try:
        return cast(NullTranslations, g.translations)
    except AttributeError:
        g.translations = get_translations()
        return cast(NullTranslations, g.translations)


def _gettext(message: str, **values: object) -> Markup:
    """The message in the reader's language, its values escaped; a third of the time of Jinja's own callable."""
    return Markup(_translations().gettext(message)) % values  # noqa: S704 -- messages are ours


@cache
def _fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]


def _max_age(_name: str | None) -> int | None:
    """A year for an address that names its content; any other is asked about each time, as scripts ask for scripts."""
    return 365 * 24 * 3600 if "v" in request.args else None


def init_app(app: Flask) -> None:
    app.get_send_file_max_age = _max_age  # type: ignore[method-assign, assignment]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    static = Path(app.static_folder or "")
    addresses: dict[str, str] = {}

    def asset(name: str) -> str:
        """The address of a static file, changed with its content, so that browsers may keep it for a year."""
        if name not in addresses:
            addresses[name] = url_for("static", filename=name, v=_fingerprint(static / name))
        return addresses[name]

    pages: dict[tuple[str, str], str] = {}

    def page_at(endpoint: str) -> str:
        """The address of a page that has no variable part, put together once a process."""
        key = (request.script_root, endpoint)
        if key not in pages:
            pages[key] = url_for(endpoint)
        return pages[key]

    def menu() -> list[tuple[str, str]]:
        grants = current_user.grants
        return [
            (endpoint, label)
            for endpoint, label, actions in NAVIGATION
            if not actions or (grants and any(access.may(current_user, action) for action in actions))
        ]

    app.jinja_env.globals.update(
        _=_gettext, asset=asset, page_at=page_at, menu=menu, may=access.may, Action=Action, current_user=current_user
    )
    filters: dict[str, Callable[..., str | Markup]] = {
        "day": lambda value: vietnamese.format_date(
            value.astimezone(vietnamese.VIETNAM) if _is_moment(value) else value
        ),
        "moment": vietnamese.format_datetime,
        "precise": vietnamese.format_seconds,
        "clock": vietnamese.format_time,
        "number": vietnamese.format_number,
        "weight": vietnamese.format_size,
        "percent": lambda part, whole: vietnamese.format_percent(part, whole),
        "paragraphs": richtext.paragraphs,
    }
    app.jinja_env.filters.update(filters)


def _is_moment(value: date) -> bool:
    return isinstance(value, datetime)
