"""Questions into files of other programs, with a report of what each of them loses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lms.content.exchange import to_gift, to_moodle_xml, to_sheet
from lms.content.rules import Question


@dataclass(frozen=True)
class Writer:
    """A format: its name for people, what its files end in, which questions it has a place for and what they lose."""

    name: str
    suffix: str
    carries: Callable[[Question], bool]
    losses: Callable[[Question], list[str]]
    write: Callable[[Sequence[Question]], bytes]


@dataclass(frozen=True)
class Exported:
    """`left` stay out; `losses` are by the id of each question that goes without something."""

    data: bytes
    count: int
    left: list[Question]
    losses: dict[str, list[str]]


WRITERS: Mapping[str, Writer] = {
    "moodle-xml": Writer(
        "Moodle XML",
        ".xml",
        to_moodle_xml.carries,
        to_moodle_xml.losses,
        lambda questions: to_moodle_xml.write(questions).encode(),
    ),
    "gift": Writer(
        "GIFT", ".gift", to_gift.carries, to_gift.losses, lambda questions: to_gift.write(questions).encode()
    ),
    "sheet": Writer("Bảng tính (.xlsx)", ".xlsx", to_sheet.carries, to_sheet.losses, to_sheet.write),
}


def export(form: str, questions: Sequence[Question]) -> Exported:
    writer = WRITERS[form]
    carried = [question for question in questions if writer.carries(question)]
    left = [question for question in questions if not writer.carries(question)]
    losses = {question.id: lost for question in carried if (lost := writer.losses(question))}
    return Exported(writer.write(carried), len(carried), left, losses)
