"""What marks come to under another rubric: pure rules. Scores are the decision; the mark is worked out from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from lms.content.rules import Criterion
from lms.grading.rules import mark_of, points_of
from lms.vietnamese import format_number


@dataclass(frozen=True)
class Worth:
    """Scores and the mark that they come to."""

    scores: dict[str, str]
    mark: Decimal


def revalued(
    before: Sequence[Criterion], after: Sequence[Criterion], scores: Mapping[str, str], *, by_levels: bool
) -> Worth | None:
    """What the scores come to; None where the new rubric asks for a criterion that they lack.

    With `by_levels` a score that is exactly what a level gave becomes what the level of that name gives now. Scores of
    a criterion that no longer counts stay with the others.
    """
    if any(one.id not in scores for one in after):
        return None
    old = {one.id: one for one in before}
    given = {one.id: _score(old.get(one.id), one, Decimal(scores[one.id]), by_levels) for one in after}
    return Worth({**scores, **{key: str(score) for key, score in given.items()}}, mark_of(after, given))


def _score(before: Criterion | None, after: Criterion, score: Decimal, by_levels: bool) -> Decimal:
    if not by_levels or before is None:
        return score
    level = before.level_of(float(score))
    same = next((one for one in after.levels if one.name == level.name), None)
    return points_of(after, same) if same and score == points_of(before, level) else score


def refusal_of_rubric(before: Sequence[Criterion], after: Sequence[Criterion]) -> str | None:
    """Say why one rubric cannot take the place of another for texts that are graded."""
    if not after:
        return _("Phiên bản này không có thang chấm. Đồng chí chọn phiên bản khác.")
    known = {one.id for one in before}
    new = next((one for one in after if one.id not in known), None)
    if new is not None:
        return _(
            "Thang mới có tiêu chí “%(t)s” mà bài đã chấm chưa có điểm. Thang chấm giữa chừng chỉ đổi được trọng số, "
            "mức điểm hoặc bỏ bớt tiêu chí.",
            t=new.title,
        )
    if list(before) == list(after):
        return _("Thang chấm của phiên bản này giống hệt thang đang dùng, nên không có gì để đổi.")
    return None


def differences(before: Sequence[Criterion], after: Sequence[Criterion]) -> list[str]:
    """What becomes other, in sentences."""
    found, new = [], {one.id: one for one in after}
    for one in before:
        other = new.get(one.id)
        if other is None:
            found.append(_("Bỏ tiêu chí “%(t)s”.", t=one.title))
            continue
        if other.weight != one.weight:
            found.append(_("“%(t)s”: trọng số từ %(a)s thành %(b)s.", t=other.title, a=one.weight, b=other.weight))
        levels = {level.name: level for level in one.levels}
        for level in other.levels:
            was = levels.get(level.name)
            if was is not None and was.least != level.least:
                found.append(
                    _(
                        "“%(t)s”, mức “%(level)s”: từ %(a)s điểm thành từ %(b)s điểm.",
                        t=other.title,
                        level=level.name,
                        a=format_number(was.least),
                        b=format_number(level.least),
                    )
                )
        if [level.name for level in one.levels] != [level.name for level in other.levels]:
            found.append(_("“%(t)s”: tên hoặc số mức thay đổi.", t=other.title))
        elif [level.text for level in one.levels] != [level.text for level in other.levels]:
            found.append(_("“%(t)s”: lời mô tả mức thay đổi.", t=other.title))
    return found
