"""How a module's files are grouped, named and numbered, and how two texts stand beside each other."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from flask_babel import gettext as _

from lms.content.files import SHARED
from lms.content.rules import Fault, Severity

SHARED_FOLDER = "shared/"
"""In addresses: what stands beside the modules and belongs to all of them."""

MOST_LESSONS = 99
MOST_COMPARED = 4_000
"""Lines of both texts that are compared; longer ones are shown without marks."""


class Part(StrEnum):
    """What a file is for, in the learner's order."""

    INTRODUCTION = "introduction"
    LESSONS = "lessons"
    QUESTIONS = "questions"
    QUIZ = "quiz"
    REFLECTION = "reflection"
    SOURCES = "sources"
    IMAGES = "images"


WHOLE_FILES = {
    "module.md": Part.INTRODUCTION,
    "quiz.md": Part.QUIZ,
    "reflection.md": Part.REFLECTION,
    "sources.yaml": Part.SOURCES,
}
"""Files that a module has once, by their name in its folder."""


def part_of(name: str) -> Part:
    """The part of a file by its name in the module's folder; what is shared are sources and glossary."""
    if name in WHOLE_FILES:
        return WHOLE_FILES[name]
    folder = name.partition("/")[0]
    return Part(folder) if folder in (Part.LESSONS, Part.QUESTIONS, Part.IMAGES) else Part.SOURCES


def path_of(slug: str, name: str) -> str:
    """The path below `content/` of a file that an address names."""
    shared = name.removeprefix(SHARED_FOLDER)
    return shared if shared != name and shared in SHARED else f"modules/{slug}/{name}"


def name_of(path: str) -> str:
    """The name in addresses of a file of a module, or of a shared one."""
    return f"{SHARED_FOLDER}{path}" if path in SHARED else path.split("/", 2)[2]


def stem_of(name: str) -> str:
    """What people may choose of a file's name: neither folder nor number nor ending."""
    file = name.rpartition("/")[2].rpartition(".")[0]
    return re.sub(r"^\d{2}-", "", file) if part_of(name) is Part.LESSONS else file


TITLES = {
    "module.md": lambda: _("Giới thiệu chuyên đề"),
    "quiz.md": lambda: _("Cách ra bài kiểm tra"),
    "reflection.md": lambda: _("Câu hỏi thu hoạch và thang chấm"),
    "sources.yaml": lambda: _("Nguồn riêng của chuyên đề"),
    f"{SHARED_FOLDER}sources.yaml": lambda: _("Nguồn dùng chung cho mọi chuyên đề"),
    f"{SHARED_FOLDER}glossary.yaml": lambda: _("Chữ viết tắt dùng chung"),
}


def title_of(name: str) -> str:
    """What people call a file that says no title of itself."""
    if name in TITLES:
        return TITLES[name]()
    return _("Nhóm câu hỏi “%(name)s”", name=stem_of(name)) if part_of(name) is Part.QUESTIONS else stem_of(name)


def renamed(name: str, stem: str) -> str:
    """The file's name with another stem."""
    return f"{name[: name.rindex(stem_of(name))]}{stem}{name[name.rindex('.') :]}"


def next_lesson(names: Collection[str], stem: str) -> str | None:
    """The name of a lesson after all others; None when there is no number left."""
    numbers = [int(name[8:10]) for name in names if re.match(r"lessons/\d{2}-", name)]
    number = max(numbers, default=0) + 1
    return f"lessons/{number:02d}-{stem}.md" if number <= MOST_LESSONS else None


def moved(names: Collection[str], name: str, step: int) -> dict[str, str]:
    """The lessons' new names, by the old ones, when one changes places with its neighbour; empty at either end."""
    order = sorted(one for one in names if part_of(one) is Part.LESSONS)
    at = order.index(name) if name in order else -1
    if at < 0 or not 0 <= at + step < len(order):
        return {}
    order[at], order[at + step] = order[at + step], order[at]
    return {one: f"lessons/{number:02d}-{stem_of(one)}.md" for number, one in enumerate(order, 1)}


def free(wanted: str, taken: Collection[str]) -> str:
    """The wanted id, or the next one that nobody has."""
    number, found = 1, wanted
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    return found


@dataclass(frozen=True)
class Count:
    """How many faults there are of a file or of a module."""

    errors: int
    warnings: int

    @classmethod
    def of(cls, faults: Collection[Fault]) -> "Count":
        errors = sum(fault.severity is Severity.ERROR for fault in faults)
        return cls(errors, sum(fault.severity is Severity.WARNING for fault in faults))


@dataclass(frozen=True)
class Line:
    """A line of either text; None where only the other one has it."""

    theirs: str | None
    mine: str | None

    @property
    def differs(self) -> bool:
        return self.theirs != self.mine


def side_by_side(theirs: str, mine: str) -> list[Line]:
    """Both texts whole, equal lines in the same row."""
    left, right = theirs.split("\n"), mine.split("\n")
    if len(left) + len(right) > MOST_COMPARED:
        return _paired(left, right)
    rows = []
    for tag, start, end, mine_start, mine_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        pairs = _paired(left[start:end], right[mine_start:mine_end])
        rows += pairs if tag != "equal" else [Line(line, line) for line in left[start:end]]
    return rows


def _paired(left: Sequence[str], right: Sequence[str]) -> list[Line]:
    length = max(len(left), len(right))
    return [Line(left[at] if at < len(left) else None, right[at] if at < len(right) else None) for at in range(length)]


def refusal_to_delete(name: str) -> str | None:
    """Say why a file has to stay; None when it may go."""
    if name == "module.md":
        return _("Tệp giới thiệu không xóa được: chuyên đề nào cũng phải có.")
    return None
