"""How scores become a mark, and what a reviewer may not do."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from difflib import Match, SequenceMatcher
from enum import StrEnum
from itertools import pairwise

from flask_babel import gettext as _

from lms.content.rules import Criterion, Level
from lms.reflections.rules import State, Step, next_state

CLAIM = timedelta(minutes=10)
"""How long an opened essay is left out of other reviewers' queues. Opening it all the same is always possible."""


class Decision(StrEnum):
    MARK = "mark"
    RETURN = "return"
    TAKEN_BACK = "taken_back"
    SETTLED = "settled"
    """What the marks of several people came to; stands under the name of the one whose mark settled it."""
    APPEAL = "appeal"
    """The mark by which an appeal changed a released result."""


DECISION_NAMES = {
    Decision.MARK: "chấm",
    Decision.RETURN: "trả lại",
    Decision.TAKEN_BACK: "rút lại quyết định trước",
    Decision.SETTLED: "chốt điểm",
    Decision.APPEAL: "chấm lại theo khiếu nại",
}

COUNTING = (Decision.MARK, Decision.SETTLED, Decision.APPEAL)
"""Of a text that is graded, the last of these is its mark."""


class Ending(StrEnum):
    """How it ended that a text was in a reviewer's hands."""

    DONE = "done"
    OTHERS = "others"
    MOVED = "moved"
    UNTOUCHED = "untouched"
    AWAY = "away"
    GONE = "gone"


ENDING_NAMES = {
    Ending.DONE: "đã chấm",
    Ending.OTHERS: "người khác đã chấm",
    Ending.MOVED: "chuyển cho người khác",
    Ending.UNTOUCHED: "quá số ngày chưa mở",
    Ending.AWAY: "giám khảo nghỉ",
    Ending.GONE: "giám khảo không còn chấm ở đơn vị",
}

OPEN_TO_REVIEWERS = (State.SUBMITTED, State.GRADED)


def refusal_to_read(state: State) -> str | None:
    """Say why a text that came to the reviewer's unit is not on the desk now; None means that it is."""
    if state is State.DRAFT:
        return _("Người viết đã rút bài về. Điểm và nhận xét đồng chí đã gõ vẫn được giữ.")
    if state is State.RETURNED:
        return _("Bài đang ở chỗ người viết để viết lại. Điểm và nhận xét đồng chí đã gõ vẫn được giữ.")
    return None


def refusal_to_grade(state: State, author_id: int, reviewer_id: int) -> str | None:
    """Say why this reviewer cannot grade this text now; None means they can."""
    if author_id == reviewer_id:
        return _("Đồng chí không chấm bài của chính mình.")
    if state is State.RELEASED:
        return _("Kết quả đã công bố nên không chấm lại ở đây; điểm chỉ đổi qua khiếu nại hoặc khi thang chấm sửa.")
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


def refusal_to_return(
    state: State, reason: str, returns: int, most: int, rewrite_by: datetime | None, now: datetime
) -> str | None:
    """Say why the text cannot be returned: it wants a reason, a day to come, and no more rounds than the drive has."""
    if next_state(state, Step.RETURN) is None:
        return _("Bài này không trả lại được nữa.")
    if returns >= most:
        return _("Bài đã được trả lại %(n)s lần, hết số lần của đợt này. Đồng chí chấm bản hiện có.", n=returns)
    if len(reason.split()) < 3:
        return _("Đồng chí ghi rõ lý do trả lại (ít nhất ba từ) để người viết biết cần sửa gì.")
    if rewrite_by is not None and rewrite_by <= now:
        return _("Hạn nộp lại phải sau hôm nay. Đồng chí chọn ngày khác.")
    return None


def refusal_to_take_back(state: State, is_mine: bool, is_last: bool, is_untouched: bool) -> str | None:
    """Only one's own latest decision goes back, until release, and while the author has not begun to rewrite."""
    if not is_mine:
        return _("Đồng chí chỉ rút lại được quyết định của chính mình.")
    if state is State.RELEASED:
        return _("Kết quả đã công bố nên không rút lại được nữa.")
    if not is_last:
        return _("Sau quyết định này đã có quyết định khác, nên không rút lại được.")
    if next_state(state, Step.TAKE_BACK) is None or not is_untouched:
        return _("Người viết đã bắt đầu sửa bài, nên không rút lại được.")
    return None


def state_after(decisions: Sequence[Decision], *, is_double: bool = False) -> State:
    """Where a text stands after the decisions on it that were not taken back, in their order."""
    if not decisions or (is_double and decisions[-1] is Decision.MARK):
        return State.SUBMITTED
    return State.RETURNED if decisions[-1] is Decision.RETURN else State.GRADED


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


def points_of(criterion: Criterion, level: Level) -> Decimal:
    """What choosing a level gives: the middle of its range, in quarters."""
    above = [Decimal(str(other.least)) for other in criterion.levels if other.least > level.least]
    middle = (Decimal(str(level.least)) + min(above, default=Decimal(10))) / 2
    return (middle * 4).to_integral_value(ROUND_HALF_UP) / 4


@dataclass(frozen=True)
class Passage:
    """A comment on words of a text: where they stand, what they say, and what is said of them."""

    prompt_id: str
    start: int
    quote: str
    text: str


MOST_REMARKS = 100
LONGEST_REMARK = 2000


def passages(sent: object) -> list[Passage]:
    """What a page sent, read; raises ValueError where it has another shape."""
    if not isinstance(sent, list):
        raise ValueError
    found = []
    for one in sent:
        kinds = {"prompt_id": str, "start": int, "quote": str, "text": str}
        if not isinstance(one, dict) or any(type(one.get(name)) is not kind for name, kind in kinds.items()):
            raise ValueError
        found.append(Passage(**{name: one[name] for name in kinds}))
    return found


def refusal_of_remarks(texts: Mapping[str, str], remarks: Sequence[Passage]) -> str | None:
    """Each comment says something about words that stand in the text."""
    if len(remarks) > MOST_REMARKS:
        return _("Mỗi bài có nhiều nhất %(n)s nhận xét tại chỗ. Đồng chí gộp bớt.", n=MOST_REMARKS)
    for remark in remarks:
        if not remark.text.strip():
            return _("Có một nhận xét tại chỗ còn trống. Đồng chí ghi nội dung hoặc bỏ nhận xét đó.")
        if len(remark.text) > LONGEST_REMARK:
            return _("Một nhận xét tại chỗ dài quá %(n)s ký tự. Đồng chí rút gọn.", n=LONGEST_REMARK)
        if not remark.quote.strip() or place_of(texts.get(remark.prompt_id, ""), remark.start, remark.quote) is None:
            return _("Nhận xét “%(t)s” không gắn vào chỗ nào trong bài. Đồng chí chọn lại chữ.", t=remark.text[:40])
    return None


def place_of(text: str, start: int, quote: str) -> int | None:
    """Where the quoted words stand: at `start`, else the nearest other place that has them; None where none has."""
    if not quote:
        return None
    if start >= 0 and text.startswith(quote, start):
        return start
    after = text.find(quote, max(start, 0))
    before = text.rfind(quote, 0, max(start, 0) + len(quote))
    found = [place for place in (before, after) if place >= 0]
    return min(found, key=lambda place: abs(place - start), default=None)


@dataclass(frozen=True)
class Piece:
    """Words of a paragraph with the numbers of the comments that stand on them."""

    text: str
    marks: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    """Comments whose passage ends here: where their numbers are shown."""


@dataclass(frozen=True)
class Paragraph:
    """`start` is the offset of its first character in the whole text, so that a chosen passage can be counted."""

    start: int
    text: str
    pieces: tuple[Piece, ...]


def paragraphs(text: str, spans: Mapping[int, tuple[int, int]]) -> list[Paragraph]:
    """The text by paragraphs, cut where comments begin and end; `spans` gives both ends by the comment's number."""
    found = []
    for block in re.finditer(r"[^\n]+(?:\n[^\n]+)*", text):
        first, last = block.span()
        inside = {n: span for n, span in spans.items() if span[0] < last and span[1] > first}
        cuts = sorted({first, last, *(min(max(place, first), last) for span in inside.values() for place in span)})
        pieces = tuple(
            Piece(
                text[one:two],
                tuple(n for n, span in inside.items() if span[0] <= one and two <= span[1]),
                tuple(n for n, span in inside.items() if span[1] == two or (span[1] > last and two == last)),
            )
            for one, two in pairwise(cuts)
        )
        found.append(Paragraph(first, block.group(), pieces))
    return found


MOST_WORDS_COMPARED = 4000
MOST_STEPS = 3_000_000
"""Two texts of 4,000 words take a third of this; the same few words over and over would take minutes."""


class _Comparison(SequenceMatcher[str]):
    """Looks for what two texts have in common, the longest first, and stops after so many steps."""

    a: Sequence[str]
    b2j: dict[str, list[int]]
    steps = 0

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        words = self.a[alo:ahi]
        self.steps += len(words) + sum(len(self.b2j.get(word, ())) for word in words)
        if self.steps > MOST_STEPS:
            return Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)


def changes(before: str, after: str) -> list[tuple[str, str]]:
    """What became of a text, in order: ("same", words), ("gone", words), ("new", words). Very long ones by lines.

    What would take too long to compare is gone and new.
    """
    is_short = len(before) + len(after) < 10 * MOST_WORDS_COMPARED
    unit = r"\S+\s*|\s+" if is_short else r"[^\n]+\n*|\n+"
    old, new = re.findall(unit, before), re.findall(unit, after)
    runs: list[tuple[str, str]] = []
    for tag, i, j, k, m in _Comparison(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(("same", "".join(old[i:j])))
            continue
        runs += [(kind, words) for kind, words in (("gone", "".join(old[i:j])), ("new", "".join(new[k:m]))) if words]
    return runs


def pace(count: int, first: datetime | None, last: datetime | None) -> int | None:
    """Minutes an essay since the first of today; None before the second."""
    if count < 2 or first is None or last is None:
        return None
    return max(1, round((last - first).total_seconds() / 60 / (count - 1)))


def scores_typed(criteria: Iterable[Criterion], typed: Mapping[str, object]) -> dict[str, str]:
    """Of what a page sent, the scores of this rubric, as typed and cut to the length of a number."""
    return {one.id: str(typed.get(one.id) or "")[:20] for one in criteria}


def read_score(typed: str) -> Decimal | None:
    """The number that was typed, None for nothing, and for a slip a score that no rule lets pass."""
    try:
        return Decimal(typed.strip().replace(",", ".")) if typed.strip() else None
    except InvalidOperation:
        return Decimal(-1)
