"""When two people mark a text without knowing of each other: what the marks come to, and when a third must read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import gettext as _

from lms.drives.rules import Settling

SETTLING_NAMES = {Settling.MEAN: "trung bình của hai điểm", Settling.FIRST: "điểm của người chấm trước"}


@dataclass(frozen=True)
class Agreement:
    """How many marks a text wants, how far two may lie apart, and what they then come to."""

    wanted: int = 1
    most_apart: Decimal = Decimal(1)
    by: Settling = Settling.MEAN

    @property
    def is_double(self) -> bool:
        return self.wanted > 1


@dataclass(frozen=True)
class Given:
    """A mark that somebody gave to the text as it now is."""

    reviewer_id: int
    mark: Decimal
    scores: dict[str, Decimal]
    comment: str = ""


@dataclass(frozen=True)
class Settled:
    """What the marks come to."""

    mark: Decimal
    scores: dict[str, Decimal]
    comment: str


def in_words(agreement: Agreement) -> str:
    """The rule as people read it."""
    if not agreement.is_double:
        return _("Mỗi bài một người chấm.")
    apart = str(agreement.most_apart.normalize()).replace(".", ",")
    said = _("Mỗi bài hai người chấm, không ai thấy điểm của người kia trước khi cả hai chấm xong.")
    within = _("Lệch không quá %(n)s điểm thì lấy %(by)s.", n=apart, by=SETTLING_NAMES[agreement.by])
    return f"{said} {within} {_('Lệch hơn thì người thứ ba chấm và lấy điểm đó.')}"


def differs(agreement: Agreement, marks: Sequence[Given]) -> bool:
    """Two have marked and are too far apart, and no third has marked yet."""
    return agreement.is_double and len(marks) == 2 and abs(marks[0].mark - marks[1].mark) > agreement.most_apart


def settle(agreement: Agreement, marks: Sequence[Given]) -> Settled | None:
    """What marks of different people, in their order, come to; None while somebody has still to mark."""
    if len(marks) < agreement.wanted or differs(agreement, marks):
        return None
    if not agreement.is_double or len(marks) > 2:
        return Settled(marks[-1].mark, marks[-1].scores, marks[-1].comment)
    first, second = marks
    if agreement.by is Settling.FIRST:
        return Settled(first.mark, first.scores, first.comment)
    scores = {key: _mean(score, second.scores.get(key, score)) for key, score in first.scores.items()}
    comments = [one.comment for one in marks if one.comment]
    return Settled(_mean(first.mark, second.mark), scores, "\n\n".join(dict.fromkeys(comments)))


def _mean(one: Decimal, other: Decimal) -> Decimal:
    return ((one + other) / 2).quantize(Decimal("0.01"), ROUND_HALF_UP)


def refusal_to_mark(agreement: Agreement, marks: Sequence[Given], reviewer_id: int) -> str | None:
    """Say why this reviewer cannot add a mark; None means that they can."""
    if not agreement.is_double:
        return None
    if reviewer_id in {one.reviewer_id for one in marks}:
        return _("Đồng chí đã chấm bài này. Muốn sửa, đồng chí rút lại điểm của mình khi người kia chưa chấm xong.")
    if settle(agreement, marks) is not None:
        return _("Bài đã đủ điểm của các giám khảo nên không nhận thêm điểm.")
    return None


def refusal_to_take_back(agreement: Agreement, marks: Sequence[Given]) -> str | None:
    """Say why none of these marks goes back: whoever marked once more would know what the other gave."""
    if agreement.is_double and len(marks) >= agreement.wanted:
        return _("Cả hai bên đã chấm và thấy điểm của nhau, nên đồng chí không rút lại điểm của mình được nữa.")
    return None


def sees_others(agreement: Agreement, marks: Sequence[Given], reviewer_id: int) -> bool:
    """A reviewer sees what others gave only once it cannot sway their own mark: both are in, theirs among them."""
    if not agreement.is_double or settle(agreement, marks) is not None:
        return True
    return len(marks) >= agreement.wanted and reviewer_id in {one.reviewer_id for one in marks}
