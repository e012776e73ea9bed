"""The words of handed-in files, and which files are taken at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _

MOST_FILES = 5
MOST_PAGES = 40
MOST_BYTES = 10_000_000
MOST_RECEIVED = 300_000_000
"""Bytes that go into one bundle over time, counting what was taken out again."""
MOST_DOCUMENTS = 50
"""That go into one bundle over time, counted likewise."""
MOST_OF_PHOTOS = 40_000_000
"""Of one sending of photos as they come from the camera."""


class Media(StrEnum):
    DOCX = "docx"
    ODT = "odt"
    PDF = "pdf"
    JPEG = "jpg"


MIME = {
    Media.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Media.ODT: "application/vnd.oasis.opendocument.text",
    Media.PDF: "application/pdf",
    Media.JPEG: "image/jpeg",
}


class Reading(StrEnum):
    """How far the worker is with a file."""

    WAITING = "waiting"
    READ = "read"
    REFUSED = "refused"


class Kind(StrEnum):
    """What lay with a text that was handed in."""

    ORIGINAL = "original"
    SCAN = "scan"
    """All photographed pages as one PDF."""
    PAGE = "page"


class Change(StrEnum):
    """What can be done to a page in a bundle."""

    UP = "up"
    DOWN = "down"
    TURN = "turn"
    STRAIGHTEN = "straighten"
    REMOVE = "remove"


def media_of(name: str, data: bytes) -> tuple[Media | None, str]:
    """What a document is, by its first bytes and its name together; else the sentence that refuses it."""
    ending = name.rpartition(".")[2].lower()
    head = data[:1024].lstrip()
    refusal = ""
    if not data:
        refusal = _("Tệp trống. Đồng chí chọn lại tệp.")
    elif len(data) > MOST_BYTES:
        refusal = _("Tệp nặng quá %(n)s MB. Đồng chí bớt ảnh trong tệp rồi gửi lại.", n=MOST_BYTES // 1_000_000)
    elif ending in ("docm", "dotm"):
        refusal = _("Tệp Word có macro (.docm) không nhận. Đồng chí lưu lại dạng .docx rồi gửi.")
    elif head.startswith(b"\xd0\xcf\x11\xe0"):
        refusal = _(
            "Tệp là Word kiểu cũ (.doc) hoặc có đặt mật khẩu. Đồng chí bỏ mật khẩu, lưu lại dạng .docx rồi gửi."
        )
    elif head.startswith((b"\xff\xd8\xff", b"\x89PNG")) or head[8:12] == b"WEBP":
        refusal = _("Đây là ảnh. Đồng chí gửi ở mục “Ảnh chụp bài viết tay”.")
    elif ending not in ("docx", "odt", "pdf"):
        refusal = _("Chỉ nhận tệp .docx, .odt hoặc .pdf. Đồng chí lưu lại một trong các dạng đó rồi gửi.")
    elif not head.startswith(b"%PDF" if ending == "pdf" else b"PK\x03\x04"):
        refusal = _("Tệp mang tên .%(ending)s nhưng bên trong không phải. Đồng chí lưu lại rồi gửi.", ending=ending)
    return (None, refusal) if refusal else (Media(ending), "")


def name_kept(name: str) -> str:
    """The name of a file as its sender sees it again: one line, not too long, without folders."""
    plain = "".join(one for one in name.replace("\\", "/").rpartition("/")[2] if one.isprintable()).strip()
    stem, dot, ending = plain.rpartition(".")
    return f"{(stem or ending)[:80]}{dot if stem else ''}{ending[:8] if stem else ''}" or "tep"


@dataclass(frozen=True)
class Held:
    """A file in a basket as the rules see it."""

    name: str
    state: Reading
    is_confirmed: bool


def refusals_to_enclose(files: Sequence[Held]) -> list[str]:
    """What still has to be seen to before these files can lie with a text that is handed in."""
    reasons = []
    for file in files:
        if file.state is Reading.WAITING:
            reasons.append(_("Tệp “%(name)s” đang được đọc. Đồng chí chờ một lát.", name=file.name))
        elif file.state is Reading.REFUSED:
            reasons.append(_("Tệp “%(name)s” không dùng được. Đồng chí bỏ tệp này rồi gửi tệp khác.", name=file.name))
        elif not file.is_confirmed:
            reasons.append(_("Đồng chí xem lại chữ đọc được từ tệp “%(name)s”.", name=file.name))
    return reasons


def moved(order: Sequence[int], one: int, step: int) -> list[int]:
    """The order with one of them a place earlier (-1) or later (+1); at the end it stays."""
    places = list(order)
    here = places.index(one)
    there = min(max(here + step, 0), len(places) - 1)
    places[here], places[there] = places[there], places[here]
    return places
