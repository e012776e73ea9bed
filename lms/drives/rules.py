"""The words and rules of a drive."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from lms import vietnamese


class Kind(StrEnum):
    CLASS = "class"
    CONFERENCE = "conference"
    CAMPAIGN = "campaign"


KIND_NAMES = {Kind.CLASS: "Lớp bồi dưỡng", Kind.CONFERENCE: "Hội nghị học tập", Kind.CAMPAIGN: "Đợt học tập"}


class Presence(StrEnum):
    """Whether a summoned person attended a session; a make-up session counts as attended."""

    PRESENT = "present"
    ABSENT = "absent"
    MADE_UP = "made_up"


PRESENCE_NAMES = {Presence.PRESENT: "Có mặt", Presence.ABSENT: "Vắng", Presence.MADE_UP: "Học bù"}


class Rating(StrEnum):
    EXCELLENT = "excellent"
    GOOD = "good"
    AVERAGE = "average"
    FAIL = "fail"


RATING_NAMES = {
    Rating.EXCELLENT: "Giỏi",
    Rating.GOOD: "Khá",
    Rating.AVERAGE: "Trung bình",
    Rating.FAIL: "Không đạt",
}


RATING_ORDER = (Rating.FAIL, Rating.AVERAGE, Rating.GOOD, Rating.EXCELLENT)


class Settling(StrEnum):
    """Which mark a text gets when two who graded it agree."""

    MEAN = "mean"
    FIRST = "first"


@dataclass(frozen=True)
class Thresholds:
    """The least mark (0–10) for each rating. No national scale exists (domain.md G4): each drive sets its own."""

    excellent: float = 8.0
    good: float = 6.5
    average: float = 5.0

    def rating_of(self, mark: float) -> Rating:
        if mark >= self.excellent:
            return Rating.EXCELLENT
        if mark >= self.good:
            return Rating.GOOD
        return Rating.AVERAGE if mark >= self.average else Rating.FAIL


def refusal_of_thresholds(thresholds: Thresholds) -> str | None:
    if not 10 >= thresholds.excellent > thresholds.good > thresholds.average >= 0:
        return _("Điểm xếp loại phải giảm dần từ giỏi, khá đến trung bình, trong khoảng 0 đến 10.")
    return None


def refusal_of_window(opens_at: datetime, due_at: datetime, closes_at: datetime) -> str | None:
    if not opens_at < due_at <= closes_at:
        return _("Ngày mở phải trước hạn nộp thu hoạch, và hạn nộp không sau ngày đóng.")
    return None


def refusal_of_lateness(due_at: datetime, late_until: datetime | None, closes_at: datetime) -> str | None:
    if late_until is not None and not due_at < late_until <= closes_at:
        return _("Ngày thôi nhận bài nộp muộn phải sau hạn nộp thu hoạch và không sau ngày đóng.")
    return None


def refusal_to_study(opens_at: datetime, closes_at: datetime, now: datetime) -> str | None:
    """Say why nothing can be done in the drive at this moment; None means that it is open."""
    if now < opens_at:
        return _("Đợt học tập chưa mở.")
    if now > closes_at:
        return _("Đợt học tập đã đóng.")
    return None


DOCUMENT_TYPES = {
    "CV": "Công văn",
    "KH": "Kế hoạch",
    "TT": "Thông tri",
    "QĐ": "Quyết định",
    "HD": "Hướng dẫn",
    "NQ": "Nghị quyết",
    "CT": "Chỉ thị",
}

_NUMBER = re.compile(r"\d{1,5}[/-](?P<symbols>[^\s/]{1,40}(?:/[^\s/]{1,40})?)\Z")


def refusal_of_number(type_code: str, number: str) -> str | None:
    """Say why a document's number does not look like one of its type, such as “82/KH-LĐLĐ” for a plan."""
    match = _NUMBER.match(number)
    if match is None:
        return _("Số văn bản “%(n)s” chưa đúng mẫu, ví dụ 82/KH-LĐLĐ.", n=number)
    if type_code != "CV" and type_code not in re.split(r"[-/]", match["symbols"]):
        return _("Số văn bản “%(n)s” không khớp với loại “%(t)s”.", n=number, t=DOCUMENT_TYPES[type_code])
    return None


@dataclass(frozen=True)
class Point:
    """A connection point as an organiser writes it."""

    name: str
    place: str
    is_central: bool


def read_point(line: str) -> Point | None:
    """“* Tên; địa điểm”, the star for the central point; None where there is no name."""
    name, _semicolon, place = vietnamese.squeeze(line).partition(";")
    is_central = name.startswith("*")
    name = name.removeprefix("*").strip()[:200]
    return Point(name, place.strip()[:300], is_central) if name else None
