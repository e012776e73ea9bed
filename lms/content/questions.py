"""Questions in Markdown: `## id`, declarations, stem, and options with their explanations."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lms import richtext
from lms.content.frontmatter import ID, ID_CURE, Page
from lms.content.rules import Option, Question

CheckKind = Callable[[Sequence[Option]], str | None]
"""Given the options, say what is wrong with them for this kind; None when nothing is."""

OPTION = re.compile(r"- \[(?P<mark>[ xX])\] (?P<id>[a-z])\) (?P<text>\S.*)\Z")
LOOKS_LIKE_OPTION = re.compile(r"[-*+]?\s*(\[[^\]]{0,3}\]|[A-Za-z][.)]\s)")
DECLARATION = re.compile(r"(?P<key>[a-z_]+):\s*(?P<value>.*)\Z")
OPTION_CURE = "Viết “- [ ] a) Lời phương án”, dấu [x] cho phương án đúng, bắt đầu ở sát lề trái."


@dataclass
class Block:
    """The lines of one question, with the number of its first line in the file."""

    id: str
    line: int
    lines: list[str]

    def numbered(self) -> Iterator[tuple[int, str]]:
        return enumerate(self.lines, self.line + 1)


def blocks(page: Page) -> list[Block]:
    """Cut a file at its `## id` lines; whatever stands before the first one must be empty."""
    found: list[Block] = []
    for number, line in enumerate(page.text.split("\n"), 1):
        if line.startswith("## "):
            found.append(Block(line[3:].strip(), number, []))
        elif found:
            found[-1].lines.append(line)
        elif line.strip():
            page.fault(number, "stray-text", "Dòng này không thuộc câu hỏi nào.", "Đặt “## mã-câu” trước câu hỏi.")
    return found


def read_question(
    page: Page, block: Block, kinds: Mapping[str, CheckKind], lessons: Mapping[str, str], sources: set[str] | None
) -> Question | None:
    """One question; None with its faults where it cannot be used, so that the others stay usable.

    `sources` are the module's; None where they could not be read, and then none is judged.
    """
    before = len(page.faults)
    if not ID.match(block.id):
        page.fault(block.line, "bad-id", f"Mã câu “{block.id}” chưa đúng.", ID_CURE)
    declared, rest = _declarations(page, block)
    kind = _one_of(page, block, declared, "kind", kinds, "Các loại dùng được")
    lesson = _one_of(page, block, declared, "lesson", lessons, "Các bài của chuyên đề")
    cited = _sources(page, block, declared, sources)
    stem, options = _stem_and_options(page, rest)
    if not stem:
        page.fault(block.line, "no-stem", "Câu hỏi chưa có lời dẫn.", "Viết lời dẫn sau dòng trống dưới phần khai báo.")
    if kind in kinds and len(page.faults) == before and (wrong := kinds[kind](options)):
        page.fault(block.line, "bad-options", wrong, "Xem mục “Câu hỏi” trong sổ tay.")
    if len(page.faults) > before:
        return None
    html = _rendered(page, block.line, richtext.render, stem)
    return Question(block.id, kind, lesson, cited, html, tuple(options)) if len(page.faults) == before else None


def _declarations(page: Page, block: Block) -> tuple[dict[str, tuple[str, int]], list[tuple[int, str]]]:
    declared: dict[str, tuple[str, int]] = {}
    rows = list(block.numbered())
    for at, (number, line) in enumerate(rows):
        if not line.strip():
            return declared, rows[at:]
        match = DECLARATION.match(line)
        if match is None:
            cure = "Chừa một dòng trống giữa phần khai báo và lời dẫn."
            page.fault(number, "stray-text", "Dòng này không phải khai báo “khóa: giá trị”.", cure)
        elif match["key"] not in ("kind", "lesson", "sources"):
            page.fault(number, "unknown-key", f"Không có khai báo “{match['key']}”.", "Dùng kind, lesson, sources.")
        elif match["key"] in declared:
            page.fault(number, "duplicate-key", f"Khai báo “{match['key']}” viết hai lần.", "Giữ lại một dòng.")
        else:
            declared[match["key"]] = (match["value"].strip(), number)
    return declared, []


def _one_of(
    page: Page, block: Block, declared: dict[str, tuple[str, int]], key: str, known: Mapping[str, object], label: str
) -> str:
    value, line = declared.get(key, ("", block.line))
    if not value:
        page.fault(block.line, "missing-key", f"Câu “{block.id}” thiếu “{key}”.", f"Thêm dòng “{key}: …” dưới mã câu.")
    elif value not in known:
        page.fault(line, f"unknown-{key}", f"“{key}: {value}” không có.", f"{label}: {', '.join(known)}.")
    return value


def _sources(
    page: Page, block: Block, declared: dict[str, tuple[str, int]], sources: set[str] | None
) -> tuple[str, ...]:
    value, line = declared.get("sources", ("", block.line))
    cited = tuple(word.strip() for word in value.split(",") if word.strip())
    if not cited:
        message = f"Câu “{block.id}” chưa ghi nguồn."
        page.fault(line, "missing-key", message, "Thêm dòng “sources: …” với mã nguồn của dữ kiện.")
    for source in cited:
        if sources is not None and source not in sources:
            cure = "Thêm mã vào “sources” của module.md và vào content/sources.yaml, hoặc sửa lại mã."
            page.fault(line, "unknown-source", f"Nguồn “{source}” không có trong chuyên đề.", cure)
    return cited


def _stem_and_options(page: Page, rows: list[tuple[int, str]]) -> tuple[str, list[Option]]:
    stem: list[str] = []
    options: list[Option] = []
    pending: tuple[int, re.Match[str]] | None = None
    for number, line in [*rows, (0, "")]:
        if pending:
            options.append(_option(page, pending[0], pending[1], line if number else "", options))
            took, pending = line.strip().startswith(">"), None
            if took:
                continue
        match = OPTION.match(line)
        if match:
            pending = (number, match)
        elif line.strip() and (options or LOOKS_LIKE_OPTION.match(line.strip())):
            page.fault(number, "bad-option", "Dòng này không phải phương án đúng mẫu.", OPTION_CURE)
        elif line.strip() or stem:
            stem.append(line)
    return "\n".join(stem).strip(), options


def _option(page: Page, line: int, match: re.Match[str], explanation: str, before: list[Option]) -> Option:
    text = explanation.strip().removeprefix(">").strip() if explanation.strip().startswith(">") else ""
    if not text:
        cure = "Thêm ngay dòng dưới, thụt bốn dấu cách: “    > Vì sao đúng hoặc chưa đúng.”"
        page.fault(line, "no-explanation", f"Phương án {match['id']}) chưa có lời giải thích.", cure)
    if any(option.id == match["id"] for option in before):
        page.fault(line, "duplicate-id", f"Mã phương án {match['id']}) dùng hai lần.", "Đặt mã khác, ví dụ e).")
    html = _rendered(page, line, richtext.render_inline, match["text"])
    if any(option.html == html for option in before):
        page.fault(line, "same-option", "Hai phương án giống hệt nhau.", "Sửa lời hoặc bỏ một phương án.")
    why = _rendered(page, line + 1, richtext.render_inline, text) if text else ""
    return Option(match["id"], html, match["mark"] in "xX", why)


def _rendered(page: Page, line: int, render: Callable[[str], richtext.Rendered], markdown: str) -> str:
    try:
        return render(markdown).html
    except richtext.TooCostly as error:
        page.fault(line, "too-costly", str(error), "Viết đơn giản hơn: bớt ký hiệu lặp lại, chia nhỏ đoạn.")
        return ""
