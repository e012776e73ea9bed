"""Counting standings, where every total is the sum of its parts by construction; the words of the audit trail, and the
words for what item analysis found.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flask_babel import gettext as _

from lms.completion.rules import State
from lms.quizzes.analysis import Flag


@dataclass
class Tally:
    """How many stand in each state."""

    states: Counter[State] = field(default_factory=Counter)

    def add(self, state: State) -> None:
        self.states[state] += 1

    @property
    def assigned(self) -> int:
        return self.states.total()

    def of(self, state: State) -> int:
        return self.states[state]


def summed(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.states.update(tally.states)
    return total


FLAG_NAMES: dict[Flag, Callable[[], str]] = {
    Flag.WRONG_KEY: lambda: _("Có thể sai đáp án"),
    Flag.HARD: lambda: _("Rất ít người đúng"),
    Flag.WEAK: lambda: _("Phân biệt kém"),
}


def advice(flag: Flag, number: int) -> str:
    """What to do about a question."""
    if flag is Flag.WRONG_KEY:
        return _(
            "Xem lại đáp án câu %(n)s: người làm tốt các câu khác lại thường bị tính sai ở câu này, hoặc chọn một "
            "phương án khác với đáp án.",
            n=number,
        )
    if flag is Flag.HARD:
        return _("Xem lại lời hỏi câu %(n)s và đoạn bài học liên quan: chưa đạt một phần tư số điểm.", n=number)
    return _(
        "Xem lại lời hỏi và các phương án câu %(n)s: câu không giúp phân biệt người nắm bài với người chưa nắm bài.",
        n=number,
    )


def reliability_in_words(alpha: float) -> str:
    """How far one may lean on a difference between two learners' marks."""
    if alpha >= 0.8:
        return _("cao: điểm của bài đáng tin để so sánh người học")
    if alpha >= 0.7:
        return _("khá: đủ để kết luận đạt hay chưa đạt")
    if alpha >= 0.5:
        return _("trung bình: người học gần mức đạt có thể đổi kết quả nếu làm bộ câu khác")
    return _("thấp: chưa nên dựa vào riêng bài này để đánh giá từng người")


def discrimination_in_words(discrimination: float) -> str:
    """How well a question tells those who know from those who do not."""
    if discrimination >= 0.3:
        return _("tốt")
    if discrimination >= 0.2:
        return _("khá")
    if discrimination >= 0.1:
        return _("yếu")
    return _("kém") if discrimination >= 0 else _("ngược")
