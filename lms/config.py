"""Every setting once: its name, default, how it is read, and what it means.

A value comes from the environment (`LMS_` in front of the name), else from `settings.toml` in the instance folder, else
the default holds. Tests and commands pass theirs to `create_app`.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BadSetting(Exception):
    """A setting cannot be used; the message names it, where it came from, and the cure."""


def _text(value: Any) -> str:
    return str(value)


def _whole(value: Any, least: int = 0) -> int:
    number = int(str(value))
    if number < least:
        raise ValueError(f"phải từ {least} trở lên")
    return number


def _positive(value: Any) -> int:
    return _whole(value, least=1)


def _a_year(value: Any) -> int:
    return _whole(value, least=365)


def _yes_or_no(value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    try:
        return words[str(value).lower()]
    except KeyError:
        raise ValueError("phải là true hoặc false") from None


@dataclass(frozen=True)
class Setting:
    name: str
    default: Any
    read: Callable[[Any], Any]
    meaning: str


SETTINGS = (
    Setting("SECRET_KEY", "", _text, "Signs cookies; at least 32 characters. `lms init` and `lms demo` write one."),
    Setting("DATABASE_URL", "", _text, "SQLAlchemy address; empty means `lms.sqlite` in the instance folder."),
    Setting("HOST", "127.0.0.1", _text, "Address that `lms serve` listens on."),
    Setting("PORT", 8000, _whole, "Port that `lms serve` listens on."),
    Setting("PROCESSES", 1, _positive, "Server processes of `lms serve`."),
    Setting("THREADS", 4, _positive, "Threads in each server process."),
    Setting(
        "HTTPS", False, _yes_or_no, "True when people reach the server over https: cookies are then sent only there."
    ),
    Setting(
        "TRUSTED_PROXIES", 0, _whole, "Number of reverse proxies in front whose X-Forwarded-* headers are believed."
    ),
    Setting("SESSION_HOURS", 12, _positive, "Hours without a request after which a person signs in again."),
    Setting("CODE_DAYS", 14, _positive, "Days for which a one-time sign-in code is good."),
    Setting(
        "ADDRESS_DAYS",
        400,
        _a_year,
        "Days for which the addresses from which quizzes were worked at are kept, at least 365.",
    ),
    Setting(
        "MAX_UPLOAD_MB", 10, _positive, "Largest request body that is read, in MB; photos of pages may come with 40 MB."
    ),
)


def load(instance: Path, environment: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Settle every setting. Unknown names and unreadable values raise BadSetting."""
    file = instance / "settings.toml"
    in_file = _from_file(file) if file.exists() else {}
    known = {setting.name: setting for setting in SETTINGS}
    for name in in_file:
        if name not in known:
            raise BadSetting(f"{file}: không có thiết lập “{name}”. Các tên dùng được: {', '.join(known)}.")
    settled = dict(given)
    for setting in SETTINGS:
        if setting.name in given:
            continue
        variable = f"LMS_{setting.name}"
        origin, value = (
            (variable, environment[variable])
            if variable in environment
            else (f"{file}, {setting.name}", in_file.get(setting.name, setting.default))
        )
        try:
            settled[setting.name] = setting.read(value)
        except (ValueError, TypeError) as error:
            raise BadSetting(f"{origin}: không đọc được giá trị “{value}” ({error}). {setting.meaning}") from None
    if len(settled["SECRET_KEY"]) < 32:
        raise BadSetting(
            "SECRET_KEY: chưa có hoặc ngắn hơn 32 ký tự. Chạy `lms init` để tự tạo, hoặc đặt biến LMS_SECRET_KEY."
        )
    settled["DATABASE_URL"] = settled["DATABASE_URL"] or f"sqlite:///{(instance / 'lms.sqlite').resolve()}"
    return settled


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"{file}: không đọc được ({error}).") from None
