"""What every format is read into: questions as they were found, and remarks on what did not come along."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from lms import vietnamese
from lms.content.exchange import markdown
from lms.content.frontmatter import ID
from lms.content.rules import Difficulty, Severity
from lms.refusals import Unreadable

MOST_STEM, MOST_LINE = 6_000, 2_000
"""Characters of a stem, of an option or explanation: beyond is no question, but a file that lost its structure."""

MOST_MARKS = 400
"""Characters of one text that Markdown would read as marks; the renderer refuses what has many more."""

MOST_BARS = 100
"""In one text; lines with more are refused by the renderer, too."""

MOST_ITEMS, MOST_REMARKS = 20_000, 50_000
MARKS = re.compile(r"[*_\[<\\`|]")
_SLASH = re.compile(r"(?<!/)/(?!/)")
_NO_TOPIC = re.compile(r"(?:top|\$.*\$|(?:default for|mac dinh)\b.*)?\Z")
LONGEST_ID = 60
LETTERS = "abcdefgh"

TRUE_FALSE_WORDS = ({"dung", "sai"}, {"true", "false"})
COMPARE_CURE = "So với tệp gốc, thêm bằng tay chỗ cần giữ."
LEGACY_CURE = "Chuyển sang Unicode bằng bộ gõ (UniKey: Công cụ chuyển mã) rồi nhập lại."
AS_CHOICES = "Soạn lại theo mẫu trong sổ tay, hoặc viết thành câu một đáp án, nhiều đáp án, đúng/sai."

TYPED = ("numeric", "short_text")
"""The kinds whose lines are expected answers."""

LEVELS = {
    **dict.fromkeys(("de", "easy", "nb", "nhan biet"), Difficulty.EASY),
    **dict.fromkeys(("vua", "trung binh", "medium", "th", "thong hieu"), Difficulty.MEDIUM),
    **dict.fromkeys(("kho", "hard", "difficult", "vd", "van dung", "vdc", "van dung cao"), Difficulty.HARD),
}
"""How difficulty is called elsewhere, in folded letters."""


@dataclass(frozen=True)
class Choice:
    """An option; `text` and `explanation` are one line of our Markdown each."""

    text: str
    is_right: bool
    explanation: str = ""


@dataclass(frozen=True)
class Item:
    """A question of one of our kinds; `stem` is our Markdown. `line` counts lines, rows or paragraphs of the source."""

    id: str
    kind: str
    stem: str
    options: tuple[Choice, ...]
    lesson: str
    sources: tuple[str, ...]
    line: int
    topic: str = ""
    difficulty: Difficulty = Difficulty.MEDIUM
    cell: str = ""
    passage: str = ""


@dataclass(frozen=True)
class Remark:
    """What happened to something at one place. Line 0 is the whole file; an error means that the question stayed out.

    `cell` is the address in a sheet; where it is given, it says more than the line.
    """

    line: int
    message: str
    cure: str
    severity: Severity = Severity.WARNING
    cell: str = ""

    @property
    def where(self) -> str:
        return self.cell or (str(self.line) if self.line else "")


@dataclass
class Draft:
    """A question as a format's reader found it. `lost` names what it says and our questions cannot."""

    line: int
    name: str = ""
    form: str = "html"
    """The format of texts that name none."""
    kind: str = ""
    """Where the source says it; otherwise the options do."""
    stem: str = ""
    options: list[Choice] = field(default_factory=list)
    lesson: str = ""
    passage: str = ""
    sources: tuple[str, ...] = ()
    topic: str = ""
    difficulty: Difficulty = Difficulty.MEDIUM
    unit: str = ""
    with_case: bool = False
    general: str = ""
    """An explanation that belongs to the whole question, one line of our Markdown."""
    is_single: bool = False
    """The source says that only one option may be chosen."""
    lost: dict[str, None] = field(default_factory=dict)
    cell: str = ""

    def lose(self, what: str) -> None:
        self.lost[what] = None


# --- Kinds ------------------------------------------------------------------------------------------------------------


def _single(options: Sequence[Choice]) -> str:
    right = sum(option.is_right for option in options)
    if not 2 <= len(options) <= 8:
        return f"Câu một đáp án cần từ 2 đến 8 phương án, ở đây có {len(options)}."
    return "" if right == 1 else f"Câu một đáp án cần đúng một phương án đúng, ở đây có {right}."


def _several(options: Sequence[Choice]) -> str:
    right = sum(option.is_right for option in options)
    if not 3 <= len(options) <= 8:
        return f"Câu nhiều đáp án cần từ 3 đến 8 phương án, ở đây có {len(options)}."
    is_mixed = 2 <= right < len(options)
    return "" if is_mixed else "Câu nhiều đáp án cần ít nhất hai phương án đúng và một phương án sai."


def _true_false(options: Sequence[Choice]) -> str:
    is_plain = [option.text for option in options] == ["Đúng", "Sai"]
    return "" if is_plain and sum(option.is_right for option in options) == 1 else "Câu đúng/sai cần đúng một đáp án."


CHOICES: Mapping[str, Callable[[Sequence[Choice]], str]] = {
    "single_choice": _single,
    "several_choices": _several,
    "true_false": _true_false,
}
"""The kinds of options to choose from, each with what keeps these options from being such a question."""

UNKNOWN_KINDS = {
    "description": "đoạn giới thiệu, không phải câu hỏi",
    "essay": "câu tự luận",
}
"""Moodle's names of what we have no kind for, as authors know it."""


def kind_of(options: Sequence[Choice]) -> tuple[str, list[Choice]]:
    """The kind that the options suggest, and the options in the order of that kind."""
    if len(options) == 2 and {vietnamese.fold(option.text) for option in options} in TRUE_FALSE_WORDS:
        true = next((one for one in options if vietnamese.fold(one.text) in ("dung", "true")), options[0])
        false = next(one for one in options if one is not true)
        return "true_false", [
            Choice("Đúng", true.is_right, true.explanation),
            Choice("Sai", false.is_right, false.explanation),
        ]
    right = sum(option.is_right for option in options)
    return ("several_choices" if right > 1 else "single_choice"), list(options)


# --- Collecting -------------------------------------------------------------------------------------------------------


class Reading:
    """What a reader has found so far, in the order of the source."""

    def __init__(self) -> None:
        self.drafts: list[tuple[Draft, str, list[Choice]]] = []
        self.remarks: list[Remark] = []
        self.category: tuple[int, str] | None = None
        """Line and path of the category that questions stand in, until one takes its topic from there."""
        self.topic = ""

    def refuse(self, line: int, message: str, cure: str, cell: str = "") -> None:
        """A question that stays out."""
        self._say(Remark(line, message, cure, Severity.ERROR, cell))

    def warn(self, line: int, message: str, cure: str = COMPARE_CURE, cell: str = "") -> None:
        self._say(Remark(line, message, cure, Severity.WARNING, cell))

    def begin_category(self, line: int, path: str) -> None:
        """Questions below a category are of the topic that its last name says."""
        names = [name.replace("//", "/").strip() for name in _SLASH.split(path.strip())]
        self.topic = "" if _NO_TOPIC.match(vietnamese.fold(names[-1])) else slug(names[-1])
        self.category = (line, path)
        if not self.topic:
            message = f"Danh mục “{shown(path)}” là danh mục chung, không thành chủ đề."
            self._say(Remark(line, message, "Thêm dòng “topic” cho các câu nếu cần.", Severity.HINT))

    def _topic_for(self, draft: Draft) -> str:
        """What the question says itself goes before its category; the lesson is a question's topic anyway."""
        if draft.topic or self.topic in ("", draft.lesson):
            return draft.topic
        if self.category:
            line, path = self.category
            message = f"Danh mục “{shown(path)}” thành chủ đề “{self.topic}” của các câu bên dưới."
            self._say(Remark(line, message, "Đổi dòng “topic” của các câu nếu muốn chủ đề khác.", Severity.HINT))
            self.category = None
        return self.topic

    def _say(self, remark: Remark) -> None:
        if len(self.remarks) == MOST_REMARKS:
            message = f"Tệp có hơn {MOST_REMARKS} chỗ không đọc được."
            raise Unreadable(message, "Xem lại dạng tệp, hoặc chia thành nhiều tệp.")
        self.remarks.append(remark)

    def refuse_kind(self, line: int, kind: str, name: str = "") -> None:
        what = UNKNOWN_KINDS.get(kind, f"loại “{kind[:40]}”")
        title = f"Câu “{shown(name)}”: " if name else ""
        self.refuse(line, f"{title}{what}, loại này chưa nhập được từ tệp.", AS_CHOICES)

    def take(self, draft: Draft) -> None:
        """Keep a draft that can become a question; say why another cannot, and what a kept one loses."""
        draft.stem = draft.stem.strip()
        draft.options = [
            Choice(vietnamese.squeeze(one.text), one.is_right, vietnamese.squeeze(one.explanation))
            for one in draft.options
        ]
        kind, options = (draft.kind, draft.options) if draft.kind else kind_of(draft.options)
        if refusal := _refusal(draft, kind, options):
            self.refuse(draft.line, *refusal, draft.cell)
            return
        if draft.general:
            options = _with_general(kind, options, vietnamese.squeeze(draft.general))
        if len(self.drafts) == MOST_ITEMS:
            raise Unreadable(f"Tệp có hơn {MOST_ITEMS} câu hỏi.", "Chia thành nhiều tệp.")
        draft.topic = self._topic_for(draft)
        if draft.lost:
            self.warn(draft.line, f"Không mang theo: {', '.join(draft.lost)}.", COMPARE_CURE, draft.cell)
        self.drafts.append((draft, kind, options))

    def items(self, lesson: str, sources: Sequence[str], taken: Collection[str]) -> list[Item]:
        """The questions with ids of their own; lesson and sources are the given ones where the file names none."""
        names = _Names(taken)
        return [
            Item(
                names.free(draft.name, draft.stem),
                kind,
                draft.stem,
                tuple(options),
                draft.lesson or lesson,
                draft.sources or tuple(sources),
                draft.line,
                draft.topic,
                draft.difficulty,
                draft.cell,
                draft.passage if draft.lesson else "",
            )
            for draft, kind, options in self.drafts
        ]


def _refusal(draft: Draft, kind: str, options: Sequence[Choice]) -> tuple[str, str] | None:
    name, a_name = ("Đáp án", "đáp án") if kind in TYPED else ("Phương án", "phương án")
    texts = [option.text for option in options]
    why = [option.explanation for option in options]
    if any(map(vietnamese.looks_like_legacy_font, [draft.stem, *texts, *why, draft.general])):
        return "Chữ gõ bằng phông cũ (TCVN3 hoặc VNI), không phải Unicode.", LEGACY_CURE
    if not draft.stem:
        return "Câu hỏi không có lời dẫn.", "Viết lời dẫn trước các phương án."
    if not options:
        return "Câu hỏi không có đáp án." if kind in TYPED else "Câu hỏi không có phương án trả lời.", AS_CHOICES
    if "" in texts:
        return f"{name} thứ {texts.index('') + 1} để trống.", f"Viết lời cho {a_name}, hoặc bỏ {a_name}."
    if not any(option.is_right for option in options):
        return f"Không biết {a_name} nào đúng.", f"Đánh dấu {a_name} đúng trong tệp gốc rồi nhập lại."
    if len({markdown.words(text).casefold() for text in texts}) < len(texts):
        return f"Có hai {a_name} giống hệt nhau.", f"Sửa lời hoặc bỏ một {a_name}."
    lines = [*texts, *why, draft.general]
    if _is_too_much(draft.stem, MOST_STEM) or any(_is_too_much(line, MOST_LINE) for line in lines):
        return "Câu hỏi dài bất thường hoặc quá nhiều ký hiệu.", "Xem lại chỗ này trong tệp gốc; viết gọn lại."
    if kind not in CHOICES:
        return None
    wrong = CHOICES["single_choice" if draft.is_single and kind == "several_choices" else kind](options)
    return (wrong, "Sửa các phương án trong tệp gốc rồi nhập lại.") if wrong else None


def _is_too_much(text: str, most: int) -> bool:
    return len(text) > most or len(MARKS.findall(text)) > MOST_MARKS or text.count("|") > MOST_BARS


def _with_general(kind: str, options: Sequence[Choice], general: str) -> list[Choice]:
    """What is said of the whole question is read with its first right option, or with each answer that says nothing."""
    bare = [one.is_right and not one.explanation for one in options]
    if kind in TYPED and any(bare):
        return [
            replace(one, explanation=general) if is_bare else one for one, is_bare in zip(options, bare, strict=True)
        ]
    first = next(at for at, option in enumerate(options) if option.is_right)
    together = f"{options[first].explanation} {general}".strip()
    return [*options[:first], replace(options[first], explanation=together), *options[first + 1 :]]


def shown(text: str) -> str:
    """The beginning of a text, for a message."""
    line = vietnamese.squeeze(text)
    return line if len(line) <= 60 else line[:59] + "…"


class _Names:
    """Gives each question an id that nobody has yet."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self.next: dict[str, count[int]] = {}

    def free(self, name: str, stem: str) -> str:
        base = name if ID.match(name) and len(name) <= LONGEST_ID else slug(name) or slug(markdown.words(stem)) or "cau"
        found = base
        while found in self.taken:
            found = f"{base}-{next(self.next.setdefault(base, count(2)))}"
        self.taken.add(found)
        return found


def slug(text: str) -> str:
    """Small ASCII words with hyphens, cut between words."""
    words = re.sub("[^a-z0-9]+", "-", vietnamese.fold(text[:300])).strip("-")
    return words if len(words) <= LONGEST_ID else words[: LONGEST_ID + 1].rpartition("-")[0] or words[:LONGEST_ID]
