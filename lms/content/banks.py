"""What a learner could guess from a whole bank of questions without reading them: where the key stands, how long it is.

The rule for both is the same. If keys were placed by chance, each option of a question would be the key (or the longest
one) equally often. Over the questions of a kind that have one key, the exact chance of seeing as many coincidences or
more is worked out; below `RARE` the bank gives itself away. With fewer than `FEWEST` questions nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from lms.content.frontmatter import Page
from lms.content.rules import Severity

RARE = 0.01
FEWEST = 8
MUCH_LONGER = 1.1


CHOICES = ("single_choice", "several_choices", "true_false")
"""The kinds whose options learners see and could guess from."""


@dataclass(frozen=True)
class Shape:
    """What of a question counts here: letters and lengths of its options, and which is the only key."""

    page: Page
    line: int
    kind: str
    letters: Sequence[str]
    lengths: Sequence[int]
    key: int

    @property
    def is_key_longest(self) -> bool:
        others = [length for at, length in enumerate(self.lengths) if at != self.key]
        return self.lengths[self.key] >= MUCH_LONGER * max(others)


def judge_bank(shapes: Sequence[Shape]) -> None:
    """Warn at the first question that is part of a pattern."""
    for _kind, group in groupby(sorted(shapes, key=lambda shape: shape.kind), key=lambda shape: shape.kind):
        alike = list(group)
        if len(alike) >= FEWEST:
            _judge_places(alike)
            _judge_lengths(alike)


def _judge_places(shapes: Sequence[Shape]) -> None:
    places = max(len(shape.letters) for shape in shapes)
    for place in range(places):
        chances = [1 / len(shape.letters) for shape in shapes if place < len(shape.letters)]
        having = [shape for shape in shapes if shape.key == place]
        if places * chance_of(len(having), chances) < RARE:  # as many tries as there are places
            letter = having[0].letters[place]
            message = f"Phương án đúng là {letter}) ở {len(having)} trên {len(shapes)} câu: người học đoán được."
            cure = "Đổi thứ tự phương án ở vài câu, giữ nguyên mã của từng phương án."
            having[0].page.fault(having[0].line, "key-position", message, cure, Severity.WARNING)


def _judge_lengths(shapes: Sequence[Shape]) -> None:
    judged = [shape for shape in shapes if len(shape.letters) > 2]
    having = [shape for shape in judged if shape.is_key_longest]
    if len(judged) >= FEWEST and chance_of(len(having), [1 / len(shape.letters) for shape in judged]) < RARE:
        message = f"Phương án đúng dài nhất ở {len(having)} trên {len(judged)} câu: người học đoán được."
        cure = "Viết gọn phương án đúng, hoặc viết phương án sai đầy đủ như thế."
        having[0].page.fault(having[0].line, "longest-key", message, cure, Severity.WARNING)


def chance_of(least: int, chances: Sequence[float]) -> float:
    """How likely independent events of these chances come true `least` times or more; 1 where that is expected."""
    if least <= sum(chances):
        return 1.0
    likely = [1.0]
    for chance in chances:
        likely = [
            (likely[times] * (1 - chance) if times < len(likely) else 0) + (likely[times - 1] * chance if times else 0)
            for times in range(len(likely) + 1)
        ]
    return sum(likely[least:])
