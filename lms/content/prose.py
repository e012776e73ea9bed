"""What authors write as running text: where its links, citations and images lead, and how it reads."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from lms import richtext
from lms.content.frontmatter import Page
from lms.content.rules import Picture, Severity, Source
from lms.vietnamese import count_words

LONGEST_SENTENCE = 60
"""Words; in Vietnamese every syllable counts as one."""

HEADING = re.compile(r"#{1,6}")
CITATION = re.compile(r"\[\^([^\]\s]{1,40})\]")
LINK = re.compile(r"\]\(\s*([^()\s]{1,400})")
RAW_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")
IMAGE = re.compile(r"!\[([^\[\]]{0,400})\](?:\(([^()]{0,400})\))?")
IMAGE_PATH = re.compile(r"images/[a-z0-9-]{1,80}\.(?:png|jpe?g|webp)")
ADDRESS = re.compile(r"(?:https?://|www\.)\S+")

TERM = re.compile(r"nhiệm kỳ:?\s{1,3}(\d{1,4})\s?[-–—]\s?(\d{1,4})(?![\d/])", re.IGNORECASE)
BROKEN_YEARS = re.compile(r"(?<![\w/.,–\"“-])((?:19|20)\d\d)[-–](\d{3}|(?:19|20)\d\d)(?![\w/–-]|[.,]\d)")
YEARS_OF_A_TERM = 5

NO_LONGER = re.compile(
    r"thay thế|thay bằng|được thay|đã thay|hết hiệu lực|bãi bỏ|không còn|trước đây|trước kia|thời kỳ trước|"
    r"luật cũ|văn bản cũ|bản cũ|mẫu cũ|hồ sơ cũ|quy định cũ|(?:đến|tới) (?:hết )?ngày|bị thay",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"[.!?…;](?:[\"”’)]|\[\^[^\]\s]{1,40}\])*(?:\s+|\Z)")
NOT_A_SENTENCE = re.compile(r"\s*(?:\||#|!!!|---)")
NEW_ITEM = re.compile(r"\s*(?:[-*+]|\d+\.|>)\s+")
CAPITALS = re.compile(r"[^\W\d_]{2,}")
ROMAN = re.compile(r"[IVXLC]+\Z")


@dataclass(frozen=True)
class Known:
    """What a module's text may point to. `sources` None says that they could not be read: then none is judged."""

    lessons: Mapping[str, str] = field(default_factory=dict)
    sources: Collection[str] | None = None
    pictures: Mapping[str, Picture | None] = field(default_factory=dict)
    """By path in the module's folder; None is a file that cannot be shown."""
    repealed: Mapping[str, Source | None] = field(default_factory=dict)
    glossary: Mapping[str, str] = field(default_factory=dict)

    def picture_url(self, path: str) -> tuple[str, int, int] | None:
        picture = self.pictures.get(path)
        return (picture.address, picture.width, picture.height) if picture else None


def check_marks(page: Page, body: str, first_line: int, known: Known, deepest: int = 3) -> set[str]:
    """Headings, citations, links, images, HTML, years: line by line. Gives the paths of the images."""
    shown: set[str] = set()
    level = 1
    for number, line in enumerate(body.split("\n"), first_line):
        if heading := HEADING.match(line):
            now = len(heading[0])
            if not 2 <= now <= deepest or now > level + 1:
                cure = "Trong bài chỉ dùng ## rồi ###, không nhảy cấp."
                page.fault(number, "heading-level", f"Tiêu đề cấp {now} không dùng được ở đây.", cure)
            level = max(now, 2)
        for match in CITATION.finditer(line):
            if known.sources is not None and match[1] not in known.sources:
                message = f"Nguồn “{match[1]}” không có trong “sources” của module.md."
                cure = "Thêm mã vào “sources” hoặc sửa lại mã."
                page.fault(number, "unknown-source", message, cure, column=match.start() + 1)
        for match in IMAGE.finditer(line):
            shown |= _image(page, number, match, known)
        for match in LINK.finditer(IMAGE.sub(lambda image: " " * len(image[0]), line)):
            _link(page, match[1], number, match.start(1) + 1, known.lessons)
        if match_html := RAW_HTML.search(line):
            cure = "Bỏ thẻ HTML; dùng Markdown như trong sổ tay."
            page.fault(number, "raw-html", "Không dùng HTML trong bài.", cure, column=match_html.start() + 1)
    return shown


def _link(page: Page, address: str, line: int, column: int, lessons: Mapping[str, str]) -> None:
    lesson = address.removeprefix("bai:")
    if lesson == address:
        if not richtext.AWAY.fullmatch(address):
            cure = "Dùng địa chỉ https://… đầy đủ, hoặc bai:<id> của bài cùng chuyên đề."
            page.fault(line, "bad-link", f"Liên kết “{address}” không dùng được.", cure, column=column)
    elif lesson not in lessons:
        message, cure = f"Không có bài “{lesson}” trong chuyên đề.", f"Các bài: {', '.join(lessons)}."
        if not lessons:
            message, cure = "Ở đây không dẫn đến bài học được.", "Bỏ liên kết, chỉ nêu tên bài."
        page.fault(line, "dead-link", message, cure, column=column)


def _image(page: Page, line: int, match: re.Match[str], known: Known) -> set[str]:
    path, column = (match[2] or "").strip(), match.start() + 1
    if not match[1].strip():
        cure = "Viết trong ngoặc vuông điều người nghe máy đọc cần biết, ví dụ ![Sơ đồ ba cấp công đoàn](…)."
        page.fault(line, "no-alt", "Ảnh chưa có lời thay thế.", cure, column=column)
    if not IMAGE_PATH.fullmatch(path):
        cure = "Đặt ảnh PNG, JPEG hoặc WebP vào images/ của chuyên đề rồi viết ![lời thay thế](images/ten-anh.png)."
        page.fault(line, "bad-image", f"Ảnh “{path}” không dùng được.", cure, column=column)
    elif path not in known.pictures:
        cure = "Đưa tệp ảnh vào đúng chỗ hoặc sửa lại tên."
        page.fault(line, "missing-image", f"Không có tệp “{path}” trong chuyên đề.", cure, column=column)
    return {path}


def check_years(page: Page) -> None:
    """A term is five years and both are written out: 2023-2028. What stands in quotation marks is somebody's slip."""
    for number, line in enumerate(page.lines, 1):
        if not any(digit in line for digit in "12"):
            continue
        text = ADDRESS.sub(lambda address: " " * len(address[0]), line)
        terms = list(TERM.finditer(text))
        for match in terms:
            since, until = match[1], match[2]
            if len(since) != 4 or len(until) != 4 or until <= since:
                _bad_years(page, number, match)
            elif int(until) - int(since) != YEARS_OF_A_TERM:
                message = f"Nhiệm kỳ {since}-{until} không phải {YEARS_OF_A_TERM} năm."
                cure = "Đối chiếu với văn bản; nhiệm kỳ thường viết như 2023-2028."
                page.fault(number, "bad-term", message, cure, Severity.WARNING, match.start(1) + 1)
        for match in BROKEN_YEARS.finditer(text):
            is_term = any(term.start() < match.start() < term.end() for term in terms)
            if not is_term and (match[2] < match[1] or len(match[2]) == 3):
                _bad_years(page, number, match)


def _bad_years(page: Page, line: int, match: re.Match[str]) -> None:
    message = f"“{match[1]}-{match[2]}” không phải một khoảng năm."
    cure = "Viết đủ bốn chữ số của hai năm, năm trước rồi năm sau, ví dụ 2023-2028."
    page.fault(line, "bad-term", message, cure, column=match.start(1) + 1)


def check_repealed(page: Page, text: str, line: int, repealed: Mapping[str, Source | None], column: int = 1) -> None:
    """Warn where one line of text names a document as if it still held."""
    if not repealed or NO_LONGER.search(text):
        return
    for number, successor in repealed.items():
        match = re.search(rf"(?<![\w/]){re.escape(number)}(?![\w/-])", text)
        if match and not (successor and successor.number and successor.number in text):
            instead = f", thay bằng {_name_of(successor)}" if successor else ""
            message = f"Văn bản {number} đã hết hiệu lực{instead}."
            cure = "Dẫn văn bản hiện hành; nếu kể chuyện cũ thì nói rõ là “đã hết hiệu lực”."
            page.fault(line, "repealed-document", message, cure, Severity.WARNING, match.start() + column)


def _name_of(source: Source) -> str:
    name = f"{source.document_type} {source.number}".strip()
    return f"{name} (nguồn “{source.id}”)" if name else f"nguồn “{source.id}”"


def check_reading(page: Page, body: str, first_line: int, known: Known) -> None:
    """What an eye would stumble over in a lesson: repealed documents, long sentences, unexplained abbreviations."""
    for number, line in enumerate(body.split("\n"), first_line):
        check_repealed(page, line, number, known.repealed)
    _abbreviations(page, body, first_line, known.glossary)
    for number, column, sentence in _sentences(body, first_line):
        words = count_words(sentence)
        if words > LONGEST_SENTENCE:
            message = f"Câu dài {words} tiếng, quá {LONGEST_SENTENCE}."
            page.fault(number, "long-sentence", message, "Tách thành hai, ba câu.", Severity.HINT, column)


def _sentences(body: str, first_line: int) -> Iterator[tuple[int, int, str]]:
    """Every sentence with the line and column of its beginning; a table or a heading holds none."""
    pending: list[tuple[int, int, str]] = []
    for number, line in enumerate([*body.split("\n"), ""], first_line):
        begins = NEW_ITEM.match(line)
        if pending and (begins or not line.strip() or NOT_A_SENTENCE.match(line)):
            yield pending[0][0], pending[0][1], " ".join(part for _, _, part in pending)
            pending = []
        if not line.strip() or NOT_A_SENTENCE.match(line):
            continue
        at = begins.end() if begins else len(line) - len(line.lstrip())
        for end in [match.end() for match in SENTENCE_END.finditer(line, at)]:
            pending.append((number, at + 1, line[at:end]))
            yield pending[0][0], pending[0][1], " ".join(part for _, _, part in pending)
            pending, at = [], end
        if line[at:].strip():
            pending.append((number, at + 1, line[at:]))


def _abbreviations(page: Page, body: str, first_line: int, glossary: Mapping[str, str]) -> None:
    seen = set(glossary)
    for number, line in enumerate(body.split("\n"), first_line):
        text = ADDRESS.sub(lambda address: " " * len(address[0]), line)
        for match in richtext.ABBREVIATION.finditer(text):
            if match[0] in seen or ROMAN.match(match[0]) or _is_shouted(text, match):
                continue
            seen.add(match[0])
            if not richtext.is_explained(text, match):
                cure = "Viết đầy đủ ở chỗ đầu tiên, kèm chữ tắt trong ngoặc, hoặc thêm vào content/glossary.yaml."
                message = f"Chữ tắt “{match[0]}” chưa được giải thích."
                page.fault(number, "abbreviation", message, cure, Severity.HINT, match.start() + 1)


def _is_shouted(text: str, match: re.Match[str]) -> bool:
    """Not an abbreviation but a word among others that are written in capitals."""
    before = CAPITALS.findall(text[max(0, match.start() - 30) : match.start()])
    after = CAPITALS.findall(text[match.end() : match.end() + 30])
    return any(word.isupper() for word in (*before[-1:], *after[:1]))
