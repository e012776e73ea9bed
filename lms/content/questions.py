"""Questions in Markdown: `## id`, declarations, stem, and options with their explanations."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Protocol

from lms import richtext
from lms.content.frontmatter import ID, ID_CURE, Page
from lms.content.rules import Difficulty, Option, Question, Severity
from lms.vietnamese import fold, fold_tone_position, squeeze


class CheckKind(Protocol):
    """Given the options, say what is wrong with them for this kind; None when nothing is.

    The stem is for kinds whose options belong to places in it.
    """

    def __call__(self, options: Sequence[Option], stem: str = "") -> str | None: ...


OPTION = re.compile(r"[ \t]*(?P<sign>-) \[(?P<mark>[ xX])\] (?P<id>[a-z])\) (?P<text>\S.*)\Z")
LOOKS_LIKE_OPTION = re.compile(r"[-*+]?\s*(\[[^\]]{0,3}\]|[A-Za-z][.)]\s)")
DECLARATION = re.compile(r"(?P<key>[a-z_]+):\s*(?P<value>.*)\Z")
DECLARED = ("kind", "lesson", "passage", "sources", "topic", "difficulty")
MERGED = re.compile(r"\s[-*+]?\s{0,4}\[[ xX]?\]\s")
PUNCTUATION = re.compile(r"(?<!\d)[.,:;!?…\"'“”‘’()*_`]|[.,:;!?…\"'“”‘’()*_`](?!\d)")
_THESE = "(?:phuong an|dap an|cau|y|dieu|noi dung)"
_LETTERS = "[a-h](?:,? (?:va )?[a-h])+"
ALL_OF_THEM = re.compile(
    rf"(?:tat ca|ca|khong co|khong)\b.{{0,12}}\b{_THESE}\b.{{0,8}}\b(?:tren|dung|sai)\b"
    r"|(?:tat ca|ca (?:hai|ba|bon|nam|\d))(?: (?:o )?tren)?(?: deu)? (?:dung|sai)\Z"
    r"|(?:tat ca|ca (?:hai|ba|bon|\d)) (?:o )?tren"
    rf"|(?:ca )?{_LETTERS} (?:deu )?(?:dung|sai)|ca {_LETTERS}\Z|(?:all|none) of the above"
)
"""An option that is about the others, in folded letters."""
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
    page: Page,
    block: Block,
    kinds: Mapping[str, CheckKind],
    lessons: Mapping[str, str],
    sources: set[str] | None,
    image_url: richtext.ImageUrl | None = None,
    passages: Mapping[str, Sequence[str]] | None = None,
) -> Question | None:
    """One question; None with its faults where it cannot be used, so that the others stay usable.

    `passages` are the names of the headings of each lesson that could be read. `sources` are the module's; None where
    they could not be read. Neither is judged where it is not known.
    """
    before = page.errors
    if not ID.match(block.id):
        page.fault(block.line, "bad-id", f"Mã câu “{block.id}” chưa đúng.", ID_CURE, column=4)
    declared, rest = _declarations(page, block)
    kind = _one_of(page, block, declared, "kind", kinds, "Các loại dùng được")
    lesson = _one_of(page, block, declared, "lesson", lessons, "Các bài của chuyên đề")
    cited = _sources(page, block, declared, sources)
    passage = _passage(page, declared, (passages or {}).get(lesson))
    topic, level = declared.get("topic", ("", 0))[0], Difficulty.MEDIUM
    if "difficulty" in declared:
        known = {one.value: one for one in Difficulty}
        level = known.get(_one_of(page, block, declared, "difficulty", known, "Các mức"), level)
    stem, options = _stem_and_options(page, rest)
    if not stem:
        page.fault(block.line, "no-stem", "Câu hỏi chưa có lời dẫn.", "Viết lời dẫn sau dòng trống dưới phần khai báo.")
    if kind in kinds and page.errors == before and (wrong := kinds[kind](options, stem)):
        page.fault(block.line, "bad-options", wrong, "Xem mục “Câu hỏi” trong sổ tay.")
    if page.errors > before:
        return None
    html = _rendered(page, block.line, partial(richtext.render, image_url=image_url), stem)
    if page.errors > before:
        return None
    return Question(block.id, kind, lesson, cited, html, tuple(options), topic, level, passage)


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
        elif match["key"] not in DECLARED:
            page.fault(number, "unknown-key", f"Không có khai báo “{match['key']}”.", f"Dùng {', '.join(DECLARED)}.")
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
        column = page.lines[line - 1].index(value, len(key)) + 1
        cure = f"{label}: {', '.join(known)}."
        page.fault(line, f"unknown-{key}", f"“{key}: {value}” không có.", cure, column=column)
    return value


def _passage(page: Page, declared: dict[str, tuple[str, int]], known: Sequence[str] | None) -> str:
    """The heading to read again; empty where none is named."""
    value, line = declared.get("passage", ("", 0))
    if not value or known is None or value in known:
        return value
    cure = f"Các mục của bài: {', '.join(known)}." if known else "Bài này không có đề mục; bỏ dòng “passage”."
    column = page.lines[line - 1].index(value, len("passage")) + 1
    page.fault(line, "unknown-passage", f"Bài không có mục “{value}”.", cure, column=column)
    return value


def _sources(
    page: Page, block: Block, declared: dict[str, tuple[str, int]], sources: set[str] | None
) -> tuple[str, ...]:
    value, line = declared.get("sources", ("", block.line))
    cited = tuple(word.strip() for word in value.split(",") if word.strip())
    if not cited:
        message = f"Câu “{block.id}” chưa ghi nguồn."
        page.fault(line, "missing-key", message, "Thêm dòng “sources: …” với mã nguồn của dữ kiện.")
    for match in re.finditer(r"[^,\s][^,]*", value):
        source = match[0].strip()
        if sources is not None and source not in sources:
            cure = "Thêm mã vào “sources” của module.md và vào content/sources.yaml, hoặc sửa lại mã."
            column = page.lines[line - 1].index(value, len("sources")) + match.start() + 1
            page.fault(line, "unknown-source", f"Nguồn “{source}” không có trong chuyên đề.", cure, column=column)
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
        if match := OPTION.match(line):
            pending = (number, match)
            if indent := match.start("sign"):
                message = "Phương án bị thụt lề nên dính vào phần phía trên."
                page.fault(number, "merged-option", message, OPTION_CURE, column=indent + 1)
        elif line.strip() and (options or LOOKS_LIKE_OPTION.match(line.strip())):
            column = len(line) - len(line.lstrip()) + 1
            page.fault(number, "bad-option", "Dòng này không phải phương án đúng mẫu.", OPTION_CURE, column=column)
        elif line.strip() or stem:
            stem.append(line)
    return "\n".join(stem).strip(), options


def _option(page: Page, line: int, match: re.Match[str], explanation: str, before: list[Option]) -> Option:
    text = explanation.strip().removeprefix(">").strip() if explanation.strip().startswith(">") else ""
    if not text:
        cure = "Thêm ngay dòng dưới, thụt bốn dấu cách: “    > Vì sao đúng hoặc chưa đúng.”"
        page.fault(line, "no-explanation", f"Phương án {match['id']}) chưa có lời giải thích.", cure)
    if any(option.id == match["id"] for option in before):
        message = f"Mã phương án {match['id']}) dùng hai lần."
        page.fault(line, "duplicate-id", message, "Đặt mã khác, ví dụ e).", column=match.start("id") + 1)
    if merged := MERGED.search(match["text"]):
        column = match.start("text") + merged.start() + 2
        page.fault(line, "merged-option", "Hai phương án nằm trên một dòng.", OPTION_CURE, column=column)
    if "![" in match["text"] or "![" in text:
        cure = "Đặt ảnh trong lời dẫn của câu hỏi."
        page.fault(line, "bad-image", "Ảnh không dùng được trong phương án và lời giải thích.", cure)
    html = _rendered(page, line, richtext.render_inline, match["text"])
    column = match.start("text") + 1
    if any(_bare(option.html) == _bare(html) for option in before):
        page.fault(
            line, "same-option", "Hai phương án giống hệt nhau.", "Sửa lời hoặc bỏ một phương án.", column=column
        )
    if ALL_OF_THEM.match(fold(html).rstrip(" .")):
        message = "Phương án gộp các phương án khác, mà thứ tự phương án được xáo cho từng lượt làm."
        cure = "Đổi thành câu nhiều đáp án (several_choices), hoặc thay bằng một phương án có nội dung riêng."
        page.fault(line, "all-of-the-above", message, cure, Severity.WARNING, column)
    why = _rendered(page, line + 1, richtext.render_inline, text) if text else ""
    return Option(match["id"], html, match["mark"] in "xX", why)


@lru_cache(maxsize=32)
def _bare(html: str) -> str:
    """The words of an option as a learner would compare them."""
    return squeeze(PUNCTUATION.sub("", fold_tone_position(re.sub("<[^>]*>", "", html)))).casefold()


def _rendered(page: Page, line: int, render: Callable[[str], richtext.Rendered], markdown: str) -> str:
    try:
        return render(markdown).html
    except richtext.TooCostly as error:
        page.fault(line, "too-costly", str(error), "Viết đơn giản hơn: bớt ký hiệu lặp lại, chia nhỏ đoạn.")
        return ""
