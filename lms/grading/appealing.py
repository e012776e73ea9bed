"""The words and rules of an appeal against a released result. Nothing here asks the database or the clock."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _

from lms.reflections.rules import State
from lms.vietnamese import day_of, end_of_day

LEAST_WORDS = 5
"""A reason or an answer with fewer words explains nothing."""
LONGEST = 5000
MOST_NOTES = 30
"""What an author may add to one appeal."""


class Outcome(StrEnum):
    """How an appeal ended."""

    KEPT = "kept"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


OUTCOME_NAMES = {
    Outcome.KEPT: "giữ nguyên kết quả",
    Outcome.CHANGED: "đổi kết quả",
    Outcome.WITHDRAWN: "người viết đã rút khiếu nại",
}


class Cause(StrEnum):
    """What changed a released result."""

    APPEAL = "appeal"
    RUBRIC = "rubric"


CAUSE_NAMES = {Cause.APPEAL: "sau khiếu nại", Cause.RUBRIC: "vì thang chấm thay đổi"}


def until(released_at: datetime, days: int) -> datetime:
    """The last moment for an appeal: the end of a day in Việt Nam."""
    return end_of_day(day_of(released_at) + timedelta(days=days))


def refusal_to_appeal(
    state: State, released_at: datetime | None, days: int, now: datetime, *, has_appealed: bool
) -> str | None:
    """Say why the author cannot appeal now; None means that they can."""
    if state is not State.RELEASED or released_at is None:
        return _("Bài chưa có kết quả nên chưa khiếu nại được.")
    if has_appealed:
        return _("Đồng chí đã gửi khiếu nại về bài này. Mỗi bài khiếu nại được một lần.")
    if not days:
        return _("Đợt học tập này không nhận khiếu nại trên hệ thống. Đồng chí liên hệ ban tổ chức.")
    if now > until(released_at, days):
        return _("Đã hết thời hạn khiếu nại (%(n)s ngày từ ngày công bố). Đồng chí liên hệ ban tổ chức.", n=days)
    return None


def refusal_of_words(text: str) -> str | None:
    """Say what is wrong with a reason or an answer."""
    if len(text.split()) < LEAST_WORDS:
        return _("Đồng chí viết rõ hơn (ít nhất %(n)s từ) để người đọc hiểu được.", n=LEAST_WORDS)
    if len(text) > LONGEST:
        return _("Nội dung dài quá %(n)s ký tự. Đồng chí rút gọn.", n=LONGEST)
    return None


def refusal_to_add(notes: int) -> str | None:
    """Say why the author, who has added so many notes, cannot add another."""
    if notes >= MOST_NOTES:
        return _("Đồng chí đã bổ sung %(n)s lần, hết số lần của một khiếu nại. Đồng chí chờ ban chấm trả lời.", n=notes)
    return None


def refusal_to_note(text: str) -> str | None:
    if not text.strip():
        return _("Đồng chí chưa viết gì. Viết nội dung rồi gửi.")
    if len(text) > LONGEST:
        return _("Nội dung dài quá %(n)s ký tự. Đồng chí rút gọn.", n=LONGEST)
    return None


def refusal_to_decide(author_id: int, graded_by: Collection[int], person_id: int, *, is_open: bool) -> str | None:
    """Say why this person cannot decide about the appeal: it is never one's own mark, nor one's own text."""
    if person_id == author_id:
        return _("Đồng chí không giải quyết khiếu nại của chính mình.")
    if person_id in graded_by:
        return _("Đồng chí đã chấm bài này nên không giải quyết khiếu nại về nó. Người khác của ban chấm sẽ xem lại.")
    if not is_open:
        return _("Khiếu nại này vừa được giải quyết hoặc đã rút.")
    return None
