"""Questions as they are typed in Viet Nam: `Câu 1: …`, options `A.` to `H.`, and the right one marked somehow.

The mark is a star before the letter, `Đáp án: B` below, a table of answers at the end, or (in Word) bold, underlined,
highlighted, coloured or slanted letters. Several marks must agree: nobody guesses which of two is meant.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lms.content.exchange.answers import take_typed
from lms.content.exchange.items import LETTERS, LEVELS, Choice, Draft, Reading, shown
from lms.content.exchange.markdown import Run, clean, escape, from_runs
from lms.content.rules import Difficulty
from lms.vietnamese import fold

BOLD, ITALIC, UNDERLINED, HIGHLIGHTED, COLOURED = 1, 2, 4, 8, 16
MARKS = {
    HIGHLIGHTED: "tô nền",
    UNDERLINED: "gạch chân",
    BOLD: "in đậm",
    COLOURED: "đổi màu chữ",
    ITALIC: "in nghiêng",
}
"""How Word marks a right option, the surest sign first."""

LONGEST_LINE, MOST_OPTIONS = 20_000, 30

_QUESTION = re.compile(
    r"\s*(?:câu(?:\s+hỏi)?|cau|bài)\s{0,5}(?:số\s{0,5})?(?P<number>\d{1,4})\b\s{0,5}[.:]?\s{0,5}"
    r"(?P<note>[(\[](?:[^()\[\]]{0,20}(?:điểm|đ)|NB|TH|VDC?)[)\]])?\s{0,5}[.:)/–-]*\s*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\s*(?P<number>\d{1,4})\s{0,5}[.)/](?!\d)\s*")
_LABEL = re.compile(r"(?P<star>\*?)[ \t]{0,5}(?P<letter>[A-Ha-h])[ \t]{0,3}[.)/:](?P<late>[ \t]?\*(?!\*))?[ \t]*")
_ANSWER = re.compile(
    r"\s*(?:đáp\s{1,5}án(?:\s{1,5}đúng)?|đ/a|đa|answer|key|chọn(?:\s{1,5}đáp\s{1,5}án)?)\s{0,5}(?:là\b)?\s{0,5}[:.=-]?\s{0,5}"
    r"(?P<letters>[A-H](?:\s{0,3}(?:,|;|và|\+|&)?\s{0,3}[A-H])*)(?![\w/])[ .:;–-]*(?P<rest>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_TRUE_FALSE = re.compile(r"\s*đáp\s{1,5}án\s{0,5}[:.]?\s{0,5}(?P<word>đúng|sai)\s*[.]?\s*\Z", re.IGNORECASE)
_TYPED = re.compile(
    r"\s*(?:đáp\s{1,5}án(?:\s{1,5}đúng)?|đáp\s{1,5}số|trả\s{1,5}lời|kết\s{1,5}quả|answer)\s{0,5}[:=]\s*(?P<text>\S.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_WHY = re.compile(
    r"\s*(?:lời giải|giải thích|hướng dẫn(?: giải)?|căn cứ|vì sao)\b\s{0,5}[:.]?\s*(?P<rest>.*)\Z", re.I | re.S
)
_KEY_TITLE = re.compile(r"\s*(?:bảng\s+)?đáp\s+án\b(?P<rest>.*)\Z", re.IGNORECASE | re.DOTALL)
_PAIR = re.compile(
    r"(?:câu\s{0,3})?(?P<number>\d{1,4})\s{0,3}[.:)|–-]?\s{0,3}(?P<letters>[A-H](?:\s?,\s?[A-H])*)(?!\w)", re.I
)
_BETWEEN_PAIRS = re.compile(r"[\s,;|.]*")
_END = re.compile(r"[\s.*=_–—-]*h\s?ế\s?t[\s.*=_–—-]*\Z", re.IGNORECASE)
_PART = re.compile(r"\s*(?:(?:phần|part)\s+(?:\d+|[IVX]+)\b|[IVX]{1,5}\s*\.).*", re.IGNORECASE | re.DOTALL)
_NUMBERS = re.compile(r"\s*(?:câu(?:\s+số)?)?[\s|:.]*(?P<numbers>\d{1,4}(?:[\s|,;]+\d{1,4})*)[\s|]*\Z", re.IGNORECASE)
_LETTERS = re.compile(r"\s*(?:đáp\s+án|đ/?a|chọn)?[\s|:.]*(?P<letters>[A-H](?:[\s|,;]+[A-H])*)[\s|]*\Z", re.IGNORECASE)

KEY_CURE = "Để lại một cách đánh dấu đáp án cho câu này rồi nhập lại."


@dataclass(frozen=True)
class Line:
    """A line or paragraph; `flags` says for every character how Word shows it. `lost` is what else stood there."""

    number: int
    text: str
    flags: bytes
    lost: tuple[str, ...] = ()

    def cut(self, start: int, end: int | None = None) -> "Line":
        return replace(self, text=self.text[start:end], flags=self.flags[start:end], lost=())

    @property
    def runs(self) -> Iterator[Run]:
        start = 0
        for at in range(1, len(self.text) + 1):
            if at == len(self.text) or self.flags[at] != self.flags[start]:
                flags = self.flags[start]
                yield Run(self.text[start:at], bool(flags & (BOLD | UNDERLINED)), bool(flags & ITALIC))
                start = at

    @property
    def marks(self) -> int:
        """The flags that more than half of the letters have."""
        if self.flags.count(0) == len(self.flags):
            return 0
        flags = [flag for flag, sign in zip(self.flags, self.text, strict=True) if not sign.isspace()]
        return sum(mark for mark in MARKS if sum(bool(flag & mark) for flag in flags) * 2 > len(flags))


@dataclass
class _Option:
    letter: str
    is_starred: bool
    label_marks: int
    lines: list[Line]

    @property
    def marks(self) -> int:
        return _joined(self.lines).marks


@dataclass
class _Question:
    line: int
    number: int
    stem: list[Line] = field(default_factory=list)
    options: list[_Option] = field(default_factory=list)
    answers: str = ""
    typed: list[str] = field(default_factory=list)
    """What is to be typed where there is nothing to choose from."""
    level: Difficulty = Difficulty.MEDIUM
    why: list[str] = field(default_factory=list)
    lost: dict[str, None] = field(default_factory=dict)


def lines_of(text: str) -> list[Line]:
    return [Line(number, line, bytes(len(line))) for number, line in enumerate(clean(text).split("\n"), 1)]


def read(lines: Sequence[Line]) -> Reading:
    return _Reader(lines).read()


def _joined(lines: Sequence[Line]) -> Line:
    return Line(lines[0].number, " ".join(line.text for line in lines), b"\0".join(line.flags for line in lines))


class _Reader:
    """Goes down the lines once; what a line is depends on the question that is open."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.reading = Reading()
        self.questions: list[_Question] = []
        self.open: _Question | None = None
        self.key: dict[int, str] = {}
        self.key_lines: dict[int, int] = {}
        self.clashes: set[int] = set()
        self.numbers: tuple[list[int], int] = ([], 0)
        self.is_key = self.is_why = self.after_gap = False
        self.skipped: list[int] = []
        self.has_titles = any(_QUESTION.match(line.text[:60]) and not _pairs(line.text) for line in lines)

    def read(self) -> Reading:
        for at, line in enumerate(self.lines):
            if not line.text.strip():
                self._keep_losses(line)
                self.after_gap = True
                continue
            if len(line.text) > LONGEST_LINE:
                self.reading.refuse(line.number, "Dòng dài bất thường.", "Xuống dòng giữa các câu và các phương án.")
                self.open = None
                continue
            following = next((one.text for one in self.lines[at + 1 : at + 4] if one.text.strip()), "")
            self._take(line, following)
            self._keep_losses(line)
            self.after_gap = False
        if self.skipped:
            self.reading.warn(self.skipped[0], f"Không mang theo các dòng ngoài câu hỏi: {_ranges(self.skipped)}.")
        self._check_key()
        for question in self.questions:
            self._finish(question)
        self.reading.remarks.sort(key=lambda remark: remark.line)
        return self.reading

    def _keep_losses(self, line: Line) -> None:
        if self.open:
            self.open.lost.update(dict.fromkeys(line.lost))
        elif line.lost:
            self.reading.warn(line.number, f"Không mang theo: {', '.join(line.lost)}.")

    def _take(self, line: Line, following: str) -> None:
        if self._take_typed(line) or self._take_key(line):
            return
        if start := self._question_start(line):
            self._begin(line, start, following)
            return
        question = self.open
        if _END.match(line.text) or (question and question.options and _PART.match(line.text)) or question is None:
            self.open = None
            self.is_why = False
            self.skipped.append(line.number)
        elif match := _TRUE_FALSE.match(line.text):
            is_true = match["word"].lower() == "đúng"
            question.options = question.options or [
                _Option("A", is_true, 0, [self._words("Đúng", line)]),
                _Option("B", not is_true, 0, [self._words("Sai", line)]),
            ]
            question.answers = question.answers or ("A" if is_true else "B")
        elif question.options and (match := _ANSWER.match(line.text)):
            question.answers = "".join(sorted(set(re.sub("(?i)và|[^A-Ha-h]", "", match["letters"]).upper())))
            question.why += [match["rest"]] if match["rest"].strip() else []
            self.is_why = bool(match["rest"].strip())
        elif (question.options or question.typed) and (match := _WHY.match(line.text)):
            self.is_why = True
            question.why += [match["rest"]] if match["rest"].strip() else []
        elif self.is_why:
            question.why.append(line.text)
        else:
            self._take_words(question, line, following)

    def _take_typed(self, line: Line) -> bool:
        """The answer of a question without options: no letter, no table, neither right nor wrong."""
        question, match = self.open, _TYPED.match(line.text)
        if question is None or match is None or question.options or question.typed or not question.stem:
            return False
        text = match["text"].strip().rstrip(".")
        if _ANSWER.match(line.text) or _TRUE_FALSE.match(line.text) or _pairs(text):
            return False
        question.typed = [part.strip() for part in text.split(";") if part.strip()]
        return bool(question.typed)

    @staticmethod
    def _words(text: str, line: Line) -> Line:
        return Line(line.number, text, bytes(len(text)))

    # --- Questions and options -------------------------------------------------------------------------------------

    def _question_start(self, line: Line) -> re.Match[str] | None:
        if self.has_titles:
            return _QUESTION.match(line.text)
        match = _NUMBERED.match(line.text)
        return match if match and (self.open is None or self.open.options) else None

    def _begin(self, line: Line, start: re.Match[str], following: str) -> None:
        self.is_key = self.is_why = False
        self.open = _Question(line.number, int(start["number"]))
        self.questions.append(self.open)
        if note := start.groupdict().get("note"):
            if level := LEVELS.get(fold(note.strip("()[]"))):
                self.open.level = level
            else:
                self.open.lost[f"ghi chú {shown(note)}"] = None
        rest = line.cut(start.end())
        if rest.text.strip():
            self._take_words(self.open, rest, following)

    def _take_words(self, question: _Question, line: Line, following: str) -> None:
        """Words of the stem, options, or what goes on from the line above."""
        labels = _labels(line.text, question.options, following)
        head = line.cut(0, labels[0].start() if labels else None)
        if head.text.strip():
            if not question.options:
                question.stem.append(head)
            elif self.after_gap:
                self.reading.warn(line.number, f"Không mang theo dòng “{shown(head.text)}”.")
            else:
                question.options[-1].lines.append(head)
        for label, after in zip(labels, [*labels[1:], None], strict=False):
            body = line.cut(label.end(), after.start() if after else None)
            place = label.start("letter")
            marks = line.cut(place, place + 1).marks
            is_starred = bool(label["star"] or label["late"])
            question.options.append(_Option(label["letter"].upper(), is_starred, marks, [body]))
        if len(question.options) > MOST_OPTIONS:
            self.open = None

    # --- The table of answers ---------------------------------------------------------------------------------------

    def _take_key(self, line: Line) -> bool:
        """Pairs such as `1.B`, or a row of numbers over a row of letters."""
        text = line.text
        title = _KEY_TITLE.match(text)
        if title and not _ANSWER.match(text) and not _TRUE_FALSE.match(text):
            rest = title["rest"].strip(" :.-–\t")
            if not rest or _pairs(rest) or text.isupper() or "bảng" in text.lower():
                self.is_key, self.open, self.is_why = True, None, False
                self._add_pairs(_pairs(rest) or [], line.number)
                return True
        (numbers, at), self.numbers = self.numbers, ([], 0)
        letters = _LETTERS.match(text) if numbers else None
        if letters:
            found = re.findall("[A-H]", letters["letters"].upper())
            if len(found) == len(numbers):
                self._add_pairs(list(zip(numbers, found, strict=True)), at)
            else:
                self.reading.warn(at, "Bảng đáp án có số câu và số đáp án không bằng nhau.", "Sửa bảng rồi nhập lại.")
            return True
        row = _NUMBERS.match(text) if self.open is None or self.open.options else None
        if row and len(numbers := [int(number) for number in re.findall(r"\d+", row["numbers"])]) > 1:
            self.numbers = (numbers, line.number)
            return True
        pairs = _pairs(text)
        if pairs and (self.is_key or len(pairs) > 1):
            self.open, self.is_key = None, True
            self._add_pairs(pairs, line.number)
            return True
        if self.is_key and not self._question_start(line):
            self.skipped.append(line.number)
            return True
        return False

    def _add_pairs(self, pairs: Iterable[tuple[int, str]], line: int) -> None:
        for number, letters in pairs:
            if self.key.setdefault(number, letters) != letters:
                self.clashes.add(number)
            self.key_lines.setdefault(number, line)

    def _check_key(self) -> None:
        numbers = Counter(question.number for question in self.questions)
        self.clashes |= {number for number in self.key if numbers[number] > 1}
        for number in sorted(set(self.key) - set(numbers)):
            message = f"Bảng đáp án có câu {number}, nhưng không thấy câu này."
            self.reading.warn(self.key_lines[number], message, "Xem lại số thứ tự câu trong tệp gốc.")

    # --- The end of a question --------------------------------------------------------------------------------------

    def _finish(self, question: _Question) -> None:
        letters = "".join(option.letter for option in question.options)
        title = f"Câu {question.number}"
        if question.options and letters != LETTERS.upper()[: len(letters)]:
            message = f"{title}: các phương án ghi {', '.join(letters)}, không liền nhau từ A."
            self.reading.refuse(question.line, message, "Đánh lại chữ cái A, B, C… cho các phương án, mỗi chữ một lần.")
            return
        signs = self._signs(question)
        if len(set(signs.values())) > 1:
            told = "; ".join(f"{name}: {', '.join(right)}" for name, right in signs.items())
            self.reading.refuse(question.line, f"{title} có các dấu đáp án không khớp nhau ({told}).", KEY_CURE)
            return
        right = next(iter(signs.values()), "")
        if strange := set(right) - set(letters):
            message = f"{title}: đáp án {', '.join(sorted(strange))} không có trong các phương án."
            self.reading.refuse(question.line, message, "Sửa đáp án rồi nhập lại.")
            return
        draft = Draft(question.line, stem=_stem(question.stem), difficulty=question.level, lost=question.lost)
        if question.typed and not question.options:
            draft.general = escape(" ".join(question.why))
            take_typed(self.reading, draft, question.typed)
            return
        draft.options = [
            Choice(escape(_joined(option.lines).text), option.letter in right) for option in question.options
        ]
        draft.general = escape(" ".join(question.why))
        if len(right) > 1:
            message = f"{title} có {len(right)} phương án được đánh dấu đúng, nên thành câu nhiều đáp án."
            self.reading.warn(question.line, message, "Nếu chỉ một phương án đúng, sửa lại dấu trong tệp gốc.")
        self.reading.take(draft)

    def _signs(self, question: _Question) -> dict[str, str]:
        """The letters that each sign calls right: where it says anything, and not the same of every option."""
        signs: dict[str, str] = {}
        if question.number in self.key:
            signs["bảng đáp án"] = self.key[question.number]
        if question.number in self.clashes:
            signs["bảng đáp án ghi hai lần hoặc số câu trùng"] = "?"
            signs.setdefault("bảng đáp án", self.key.get(question.number, ""))
        if question.answers:
            signs["dòng đáp án"] = question.answers
        options = question.options
        if starred := "".join(option.letter for option in options if option.is_starred):
            signs["dấu *"] = starred
        sure = bool(signs)
        bodies, labels = [option.marks for option in options], [option.label_marks for option in options]
        for mark, name in MARKS.items():
            if sure and mark in (ITALIC, COLOURED):
                continue
            for found in (bodies, labels):
                marked = "".join(option.letter for option, marks in zip(options, found, strict=True) if marks & mark)
                if marked and len(marked) < len(options):
                    signs.setdefault(name, marked)
                    sure = True
        return signs


def _labels(text: str, before: Sequence[_Option], following: str) -> list[re.Match[str]]:
    """Where options begin: at the start of the line, and further on the letter that is due, after clear space."""
    found: list[re.Match[str]] = []
    start = len(text) - len(text.lstrip())
    first = _LABEL.match(text, start)
    due = len(before)
    if first and (before or first["letter"] in "Aa"):
        found.append(first)
        due = ord(first["letter"].upper()) - ord("A") + 1
    at = found[0].end() if found else start
    upcoming = _LABEL.match(following.lstrip())
    while due < len(LETTERS):
        label = _next_label(text, at, LETTERS[due].upper(), upcoming["letter"] if upcoming else "")
        if label is None:
            break
        found.append(label)
        at, due = label.end(), due + 1
    is_lone = len(found) == 1 and not before and found[0] is not first
    return [] if is_lone else found


def _next_label(text: str, at: int, letter: str, upcoming: str) -> re.Match[str] | None:
    """The next place of this letter after a tab or two spaces; after one where the next line does not begin with it."""
    for place in re.compile(rf"(?<=[ \t])(?=\*?{letter}[.)/])").finditer(text, at):
        space = text[place.start() - 2 : place.start()]
        if "\t" in space or space == "  " or upcoming.upper() != letter:
            return _LABEL.match(text, place.start())
    return None


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as people write them: 1–3, 7."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number <= ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(f"{first}–{last}" if last > first else f"{first}" for first, last in ranges)


def _pairs(text: str) -> list[tuple[int, str]]:
    """The answers of a line that consists of nothing else; empty where there is more in it."""
    if len(text) > LONGEST_LINE:
        return []
    at, found = _BETWEEN_PAIRS.match(text).end(), []  # type: ignore[union-attr]  # it matches nothing, too
    while at < len(text):
        match = _PAIR.match(text, at)
        if match is None:
            return []
        found.append((int(match["number"]), "".join(re.findall("[A-H]", match["letters"].upper()))))
        at = _BETWEEN_PAIRS.match(text, match.end()).end()  # type: ignore[union-attr]
    return found


def _stem(lines: Sequence[Line]) -> str:
    """Paragraphs, with the words that stand out; where all do, none does."""
    stem = []
    for line in lines:
        flags = {
            flag & (BOLD | ITALIC | UNDERLINED)
            for flag, sign in zip(line.flags, line.text, strict=True)
            if not sign.isspace()
        }
        stem.append(from_runs(line.runs) if len(flags) > 1 else escape(line.text))
    return "\n\n".join(filter(None, stem))
