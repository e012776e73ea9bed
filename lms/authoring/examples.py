"""The filled examples that a new module, lesson or question starts from. They pass the checker as they are."""

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from string import Template

from flask_babel import gettext as _

from lms.authoring.rules import Part
from lms.quizzes.kinds import KINDS as QUESTION_KINDS

FOLDER = Path(__file__).parent / "examples"

MODULE = (
    "module.md",
    "lessons/01-chuan-bi-cuoc-hop.md",
    "lessons/02-ghi-ket-luan.md",
    "questions/ngan-hang.md",
    "quiz.md",
    "reflection.md",
    "sources.yaml",
)
KINDS = (
    "single_choice",
    "several_choices",
    "true_false",
    "numeric",
    "short_text",
    "gap_text",
    "matching",
    "ordering",
    "free_text",
)
NAMES = {kind: QUESTION_KINDS[kind].NAME for kind in KINDS}
PLAIN = re.compile(r"[^\W_][\w ,.()/–?!“”-]*")


@cache
def _text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def _filled(name: str, **values: str) -> str:
    return Template(_text(name)).substitute(values)


def as_value(words: str) -> str:
    """A title as a YAML value: as it stands where YAML reads just these words, else between quotes."""
    return words if PLAIN.fullmatch(words) else json.dumps(words, ensure_ascii=False)


def module(*, code: str, title: str, on: date) -> dict[str, str]:
    """A whole module, by the names in its folder."""
    values = {"code": code, "title": as_value(title), "today": on.isoformat(), "questions": "2"}
    return {name: _filled(name, **values) for name in MODULE}


def lesson(*, id: str, title: str, source: str) -> str:
    return _filled("lesson.md", id=id, title=as_value(title), source=source)


def question(kind: str, *, id: str, lesson: str, source: str) -> str:
    return _filled(f"{kind}.md", id=id, lesson=lesson, source=source)


def source(*, id: str, on: date) -> str:
    return _filled("source.yaml", id=id, today=on.isoformat())


def quiz(*, questions: int) -> str:
    return _filled("quiz.md", questions=str(questions))


def reflection() -> str:
    return _text("reflection.md")


def pieces(part: Part, *, id: str, lesson: str, source: str, on: date) -> list[tuple[str, str]]:
    """What the editor offers to put into a file of this part: its name and the text."""
    if part is Part.QUESTIONS:
        return [(NAMES[kind], question(kind, id=id, lesson=lesson, source=source)) for kind in KINDS]
    if part is Part.SOURCES:
        return [(_("Một nguồn"), _filled("source.yaml", id=id, today=on.isoformat()))]
    texts = [
        (_("Tiêu đề mục"), "## Tên mục\n"),
        (_("Chữ đậm"), "**chữ cần nhấn mạnh**"),
        (_("Danh sách"), "- Ý thứ nhất\n- Ý thứ hai\n"),
        (_("Danh sách có số"), "1. Việc làm trước\n2. Việc làm sau\n"),
        (_("Bảng"), "| Việc | Người làm |\n|---|---|\n| Việc thứ nhất | Tổ trưởng |\n"),
        (_("Khung ghi chú"), '!!! note "Ví dụ"\n    Nội dung thụt vào bốn dấu cách.\n'),
        (_("Khung lưu ý"), '!!! warning "Lưu ý"\n    Nội dung thụt vào bốn dấu cách.\n'),
    ]
    if part in (Part.LESSONS, Part.INTRODUCTION):
        texts += [(_("Dẫn nguồn"), f"[^{source}]"), (_("Liên kết đến bài"), f"[tên bài](bai:{lesson})")]
    return texts
