"""The life of an entry on somebody's behalf, and who may decide about it."""

from enum import StrEnum

from flask_babel import gettext as _


class State(StrEnum):
    OPEN = "open"
    SENT = "sent"
    APPROVED = "approved"
    TURNED_DOWN = "turned_down"
    WITHDRAWN = "withdrawn"


STATE_NAMES = {
    State.OPEN: "Đang nhập",
    State.SENT: "Chờ người thứ hai duyệt",
    State.APPROVED: "Đã duyệt, đã nộp",
    State.TURNED_DOWN: "Không duyệt",
    State.WITHDRAWN: "Đã bỏ",
}
UNDECIDED = (State.OPEN, State.SENT)

MOST_REASON = 500


def refusal_to_change(state: State, *, is_maker: bool) -> str | None:
    """Say why somebody cannot change an entry; None means that they can."""
    if not is_maker:
        return _("Chỉ người nhập mới sửa được phần đang nhập.")
    if state is not State.OPEN:
        return _("Bài đã gửi duyệt nên không sửa được nữa.")
    return None


def refusal_to_decide(state: State, *, is_maker: bool, is_author: bool) -> str | None:
    """Say why somebody cannot approve or turn down an entry: nobody is their own second person."""
    if state is not State.SENT:
        return _("Bài này không chờ duyệt nữa.")
    if is_maker:
        return _("Đồng chí là người nhập; một người khác phải duyệt.")
    if is_author:
        return _("Đây là bài của chính đồng chí; một người khác phải duyệt.")
    return None


def label(entered: str, approved: str) -> str:
    """What every page says of a text that its author did not enter."""
    return _("Nhập thay bởi %(one)s, %(other)s duyệt", one=entered, other=approved)
