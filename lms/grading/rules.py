"""How scores become a mark, and what a reviewer may not do."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from flask_babel import gettext as _

from lms.content.rules import Criterion
from lms.reflections.rules import State, Step, next_state

CLAIM = timedelta(minutes=10)
"""How long an opened essay is left out of other reviewers' queues. Opening it all the same is always possible."""


class Decision(StrEnum):
    MARK = "mark"
    RETURN = "return"


def refusal_to_grade(state: State, author_id: int, reviewer_id: int) -> str | None:
    """Say why this reviewer cannot grade this text now; None means they can."""
    if author_id == reviewer_id:
        return _("Đồng chí không chấm bài của chính mình.")
    if next_state(state, Step.GRADE) is None:
        return _("Bài này không ở trạng thái chờ chấm.")
    return None


def refusal_to_withdraw(
    state: State, due_at: datetime, now: datetime, *, is_allowed: bool, has_begun: bool
) -> str | None:
    """Say why the author cannot take the text back now; None means they can. After the deadline it would be lost."""
    if not is_allowed:
        return _("Đợt học tập này không cho rút bài đã nộp. Đồng chí liên hệ ban tổ chức.")
    if next_state(state, Step.WITHDRAW) is None or has_begun:
        return _("Giám khảo đã bắt đầu chấm nên không rút bài được nữa. Cần sửa, đồng chí liên hệ ban tổ chức.")
    if now > due_at:
        return _("Đã hết hạn nộp bài: rút về thì không nộp lại được, nên bài được giữ nguyên.")
    return None


def refusal_to_return(state: State, reason: str) -> str | None:
    if next_state(state, Step.RETURN) is None:
        return _("Bài này không trả lại được nữa.")
    if len(reason.split()) < 3:
        return _("Đồng chí ghi rõ lý do trả lại (ít nhất ba từ) để người viết biết cần sửa gì.")
    return None


def refusal_of_scores(criteria: Sequence[Criterion], scores: Mapping[str, Decimal | None]) -> str | None:
    """Every criterion needs a score from 0 to 10 in steps of a quarter."""
    for criterion in criteria:
        score = scores.get(criterion.id)
        if score is None:
            return _("Tiêu chí “%(t)s” chưa có điểm.", t=criterion.title)
        if not score.is_finite() or not 0 <= score <= 10 or score % Decimal("0.25"):
            return _("Điểm “%(t)s” phải từ 0 đến 10, lẻ đến 0,25.", t=criterion.title)
    return None


def mark_of(criteria: Sequence[Criterion], scores: Mapping[str, Decimal]) -> Decimal:
    """The weighted mean of the scores, on the scale of 0 to 10, rounded half up to two decimals."""
    total = sum((scores[criterion.id] * criterion.weight for criterion in criteria), Decimal(0))
    weights = sum(criterion.weight for criterion in criteria)
    return (total / weights).quantize(Decimal("0.01"), ROUND_HALF_UP)
