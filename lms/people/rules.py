"""Words and rules of people: positions, passwords, and how guessing is slowed without locking out the innocent."""

import re
import secrets
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _


class TextSize(StrEnum):
    """How large a person wants to read; the pages know what each means."""

    NORMAL = "normal"
    LARGE = "large"
    LARGEST = "largest"


TEXT_SIZE_NAMES = {TextSize.NORMAL: "Vừa", TextSize.LARGE: "Lớn", TextSize.LARGEST: "Rất lớn"}


class Position(StrEnum):
    CHAIR = "chair"
    VICE_CHAIR = "vice_chair"
    COMMITTEE_MEMBER = "committee_member"
    INSPECTION_HEAD = "inspection_head"
    INSPECTION_MEMBER = "inspection_member"
    WOMEN_BOARD = "women_board"
    OFFICER = "officer"
    MEMBER = "member"


POSITION_NAMES = {
    Position.CHAIR: "Chủ tịch",
    Position.VICE_CHAIR: "Phó Chủ tịch",
    Position.COMMITTEE_MEMBER: "Ủy viên Ban Chấp hành",
    Position.INSPECTION_HEAD: "Chủ nhiệm Ủy ban Kiểm tra",
    Position.INSPECTION_MEMBER: "Ủy viên Ủy ban Kiểm tra",
    Position.WOMEN_BOARD: "Ban Nữ công quần chúng",
    Position.OFFICER: "Cán bộ chuyên môn công đoàn",
    Position.MEMBER: "Đoàn viên",
}


def standing(position: Position) -> int:
    """How high a position stands in its unit: chair, vice chair, everyone else."""
    return {Position.CHAIR: 0, Position.VICE_CHAIR: 1}.get(position, 2)


def is_direct(one: Position, other: Position, *, same_unit: bool, adjoining: bool) -> bool:
    """Is one of two post holders the direct superior of the other?

    Within a unit the chair stands over everyone and a vice chair over everyone else. Between a unit and the one right
    above it only the two chairs meet; whoever works further away is nobody's direct superior.
    """
    if same_unit:
        return standing(one) != standing(other)
    return adjoining and standing(one) == standing(other) == 0


def refusal_of_absence(first: date, last: date, reason: str, today: date) -> str | None:
    """Say why an absence cannot be noted; None means it can."""
    if last < first:
        return _("Ngày cuối phải từ ngày đầu trở đi.")
    if last < today:
        return _("Kỳ nghỉ này đã qua nên không cần ghi.")
    if (last - first).days > LONGEST_ABSENCE:
        return _("Kỳ nghỉ dài quá một năm. Đồng chí ghi theo từng năm, hoặc thôi vai trò.")
    if not reason.strip():
        return _("Đồng chí ghi lý do nghỉ.")
    return None


LONGEST_ABSENCE = 366
"""Days."""

CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""No I, L, O, 0, 1: a code is read from paper and typed on a phone."""

LEAST_PASSWORD = 8
MOST_PASSWORD = 200
FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)


def new_code() -> str:
    """A one-time code of ten letters (about 49 bits), shown in two groups."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def plain_code(typed: str) -> str:
    """The code as it was issued, whatever spaces, dashes and small letters were typed."""
    return re.sub(r"[\s\-–.]", "", typed).upper()


def refusal_of_password(password: str, username: str) -> str | None:
    """Say why this cannot be a password; None means it can. Length counts, not variety (NIST SP 800-63B §3.1.1)."""
    if len(password) < LEAST_PASSWORD:
        return _("Mật khẩu cần ít nhất %(n)s ký tự. Một câu ngắn dễ nhớ là tốt nhất.", n=LEAST_PASSWORD)
    if len(password) > MOST_PASSWORD:
        return _("Mật khẩu dài quá %(n)s ký tự. Đồng chí chọn mật khẩu ngắn hơn.", n=MOST_PASSWORD)
    if username.lower() in password.lower() or len(set(password)) < 4 or password.lower() in COMMON_PASSWORDS:
        return _("Mật khẩu này quá dễ đoán. Đồng chí chọn mật khẩu khác, không chứa tên đăng nhập.")
    return None


COMMON_PASSWORDS = frozenset(
    [
        "12345678",
        "123456789",
        "1234567890",
        "87654321",
        "password",
        "password1",
        "matkhau123",
        "matkhau1",
        "congdoan",
        "congdoan123",
        "abcd1234",
        "qwertyui",
        "qwerty123",
        "vietnam123",
        "thuhoach",
        "11112222",
        "12341234",
        "iloveyou",
        "anhyeuem",
        "emyeuanh",
        "0987654321",
    ]
)


def wait_after(failures: int) -> timedelta:
    """How long the next try must wait after this many failures in a row: nothing, then 15 s doubling to 15 minutes."""
    if failures < FREE_TRIES:
        return timedelta()
    return min(FIRST_WAIT * 2 ** min(failures - FREE_TRIES, 10), LONGEST_WAIT)


def seconds_to_wait(failures: int, last_at: datetime, now: datetime) -> int:
    """Whole seconds until another try is heard; 0 means now."""
    left = (last_at + wait_after(failures) - now).total_seconds()
    return max(0, int(left + 0.999))
