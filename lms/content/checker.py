"""Reading a folder of modules: everything that is right becomes a `Module`, everything that is wrong a `Fault`.

All faults of all files come out in one run, and a fault stays with its item: one bad question does not hide the others.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch

import yaml

from lms import richtext
from lms.content.files import SOURCES, Files, of_module, slugs
from lms.content.frontmatter import ID, ID_CURE, Fields, Page, compose, split
from lms.content.questions import CheckKind, blocks, read_question
from lms.content.rules import (
    Criterion,
    Fault,
    Lesson,
    Level,
    Module,
    Prompt,
    Question,
    QuizPlan,
    Severity,
    Source,
)

CODE = re.compile(r"[A-Z0-9]{2,12}\Z")
SOURCE_ID = re.compile(r"[A-Z][A-Za-z0-9-]{0,20}\Z")
CONFIDENCES = ("2", "1", "S", "T", "G")
LESSON_FILE = re.compile(r"\d{2}-[a-z0-9-]+\.md\Z")
HEADING = re.compile(r"#{1,6}")
CITATION = re.compile(r"\[\^([^\]\s]{1,40})\]")
LINK = re.compile(r"\]\(\s*([^()\s]{1,400})")
RAW_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")
IMAGE = re.compile(r"!\[")


@dataclass(frozen=True)
class Report:
    """What was found in a folder: sound modules by slug, and every fault in file and line order."""

    modules: dict[str, Module]
    faults: list[Fault]

    @property
    def errors(self) -> list[Fault]:
        return [fault for fault in self.faults if fault.severity is Severity.ERROR]


def check(files: Files, *, kinds: Mapping[str, CheckKind], on: date) -> Report:
    """Read every module as of a publishing day. `kinds` are the known question kinds and their checks."""
    page = Page(files, SOURCES)
    found = _read_sources(page)
    sources = found if page.is_readable else None
    faults = list(page.faults)
    modules: dict[str, Module] = {}
    codes: dict[str, str] = {}
    for slug in slugs(files):
        reader = _ModuleReader(files, slug, sources, kinds, on)
        module = reader.read()
        code, line = reader.code
        if code in codes:
            message = f"Mã “{code}” đã dùng ở chuyên đề “{codes[code]}”."
            reader.pages[0].fault(line, "duplicate-id", message, "Đặt mã khác cho một chuyên đề.")
        elif module:
            modules[module.slug] = module
        if code:
            codes.setdefault(code, slug)
        faults += reader.faults()
    return Report(modules if page.is_sound else {}, sorted(set(faults)))


def _key_of(page: Page, fields: Fields) -> str:
    """The lesson's id; where its declarations cannot be read, the one that its file's name suggests."""
    suggested = page.name.rpartition("/")[2].removesuffix(".md")[3:]
    return fields.text("id", required=False) if fields.is_readable else suggested


def _read_sources(page: Page) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    node = compose(page, page.text)
    known = ("statement", "reference", "confidence", "valid_from", "valid_to")
    seen: set[str] = set()
    if node is not None and not isinstance(node, yaml.MappingNode):
        cure = "Viết mỗi nguồn bắt đầu bằng “Mã:” như trong sổ tay."
        page.fault(1, "wrong-type", "Tệp này phải là danh sách các nguồn theo mã.", cure)
        page.is_readable = False
    for key_node, value in node.value if isinstance(node, yaml.MappingNode) else ():
        line = key_node.start_mark.line + 1
        name = key_node.value if isinstance(key_node, yaml.ScalarNode) else "[…]"
        if not SOURCE_ID.match(name):
            page.fault(line, "bad-id", f"Mã nguồn “{name}” chưa đúng.", "Mã bắt đầu bằng chữ hoa, ví dụ C6.")
        if name in seen:
            page.fault(line, "duplicate-id", f"Mã nguồn “{name}” dùng hai lần.", "Đặt mã khác cho một nguồn.")
        seen.add(name)
        fields = Fields(page, value, known, line)
        statement, reference = fields.text("statement", most=2000), fields.text("reference", most=2000)
        confidence = fields.text("confidence")
        if confidence and confidence not in CONFIDENCES:
            message = f"Độ tin cậy “{confidence}” không có."
            page.fault(fields.line_of("confidence"), "wrong-type", message, f"Dùng: {', '.join(CONFIDENCES)}.")
        since, until = fields.day("valid_from", required=False), fields.day("valid_to", required=False)
        sources[name] = Source(name, statement, reference, confidence, since, until)
    return sources


class _ModuleReader:
    """Reads one folder; `read` gives the module only when nothing in it is an error."""

    def __init__(
        self, files: Files, slug: str, sources: Mapping[str, Source] | None, kinds: Mapping[str, CheckKind], on: date
    ) -> None:
        """`sources` None means that they could not be read; then no id of a source is judged."""
        self.slug, self.folder, self.kinds, self.on = slug, f"modules/{slug}", kinds, on
        self.files = of_module(files, slug)
        self.all_sources = sources
        self.sources: dict[str, Source] = {}
        self.pages: list[Page] = []
        self.cited: set[str] = set()
        self.knows_sources = False
        self.code = ("", 1)
        """The module's code and its line, also where the module has faults."""

    def faults(self) -> list[Fault]:
        return [fault for page in self.pages for fault in page.faults]

    def _page(self, name: str) -> Page:
        """A file of the module by its path in the module's folder."""
        page = Page(self.files, f"{self.folder}/{name}")
        self.pages.append(page)
        return page

    def _names(self, pattern: str) -> list[str]:
        """The module's files whose path in its folder matches, in order."""
        names = (path.removeprefix(f"{self.folder}/") for path in self.files)
        return sorted(name for name in names if fnmatch(name, pattern) and name.count("/") == pattern.count("/"))

    def read(self) -> Module | None:
        page = self._page("module.md")
        if not ID.match(self.slug):
            page.fault(1, "bad-id", f"Tên thư mục “{self.slug}” chưa đúng.", ID_CURE)
        known = ("code", "title", "summary", "objectives", "valid_from", "valid_to", "sources")
        fields, body, line = split(page, known)
        code = fields.text("code", most=12)
        self.code = (code, fields.line_of("code"))
        if code and not CODE.match(code):
            page.fault(fields.line_of("code"), "bad-id", f"Mã “{code}” chưa đúng.", "Dùng chữ hoa và số, ví dụ CD04.")
        title, summary = fields.text("title"), fields.text("summary")
        objectives = tuple(text for text, _ in fields.words("objectives"))
        since, until = fields.day("valid_from", required=True), fields.day("valid_to", required=False)
        if since and until and until < since:
            cure = "Sửa valid_to bằng hoặc sau valid_from."
            page.fault(fields.line_of("valid_to"), "dates", "valid_to sớm hơn valid_from.", cure)
        self._choose_sources(page, fields)
        lesson_pages = self._lesson_pages()
        titles = {
            key: fields.text("title", required=False)
            for page, fields, _, _ in lesson_pages
            if (key := _key_of(page, fields))
        }
        lessons = [self._lesson(*parts, titles) for parts in lesson_pages]
        self._unique(lesson_pages)
        html = self._body(page, body, line, titles).html
        questions = self._questions(titles)
        quiz = self._quiz(len(questions))
        prompts, rubric = self._reflection()
        for unused in sorted(set(self.sources) - self.cited):
            message = f"Nguồn “{unused}” không được dẫn ở đâu."
            page.fault(fields.line_of("sources"), "unused-source", message, "Dẫn nguồn hoặc bỏ mã.", Severity.WARNING)
        if since is None or not all(one.is_sound for one in self.pages):
            return None
        return Module(
            slug=self.slug,
            code=code,
            title=title,
            summary=summary,
            objectives=objectives,
            valid_from=since,
            valid_to=until,
            html=html,
            sources=tuple(self.sources.values()),
            lessons=tuple(lessons),
            questions=tuple(questions),
            quiz=quiz,
            prompts=prompts,
            rubric=rubric,
        )

    def _choose_sources(self, page: Page, fields: Fields) -> None:
        self.knows_sources = "sources" in fields.nodes
        for name, line in fields.words("sources"):
            unread = Source(name, "", "", "", None, None)
            source = unread if self.all_sources is None else self.all_sources.get(name)
            if source is None:
                message = f"Nguồn “{name}” không có trong sources.yaml."
                page.fault(line, "unknown-source", message, "Thêm nguồn vào content/sources.yaml hoặc sửa mã.")
            elif source.confidence == "G":
                message = f"Nguồn “{name}” chưa kiểm chứng (G)."
                page.fault(
                    line, "unverified-fact", message, "Tìm nguồn xác nhận rồi sửa “confidence”, hoặc bỏ dữ kiện."
                )
            elif source.valid_to and source.valid_to < self.on:
                message = f"Nguồn “{name}” hết hiệu lực từ {source.valid_to:%d/%m/%Y}."
                page.fault(line, "expired-fact", message, "Thay bằng quy định hiện hành.", Severity.WARNING)
            if source is not None:
                self.sources[name] = source

    def _lesson_pages(self) -> list[tuple[Page, Fields, str, int]]:
        names = self._names("lessons/*.md")
        parts = []
        for name in names:
            page = self._page(name)
            file_name = name.removeprefix("lessons/")
            if not LESSON_FILE.match(file_name):
                page.fault(1, "bad-name", f"Tên tệp “{file_name}” chưa đúng.", "Đặt tên như 01-vi-sao-doi-moi.md.")
            parts.append((page, *split(page, ("id", "title", "minutes"))))
        if not names:
            self._page("lessons/01-bai-dau.md")
        return parts

    def _unique(self, lesson_pages: Iterable[tuple[Page, Fields, str, int]]) -> None:
        seen: set[str] = set()
        for page, fields, _, _ in lesson_pages:
            key = fields.text("id", required=False)
            if key and key in seen:
                page.fault(fields.line_of("id"), "duplicate-id", f"Mã bài “{key}” dùng hai lần.", "Đặt mã khác.")
            seen.add(key)

    def _lesson(self, page: Page, fields: Fields, body: str, line: int, titles: Mapping[str, str]) -> Lesson:
        key, title, minutes = fields.id("id"), fields.text("title"), fields.whole("minutes", 1, 120)
        rendered = self._body(page, body, line, titles)
        return Lesson(key, title, minutes, rendered.html, rendered.headings, rendered.cited)

    def _body(
        self, page: Page, body: str, first_line: int, titles: Mapping[str, str], deepest: int = 3
    ) -> richtext.Rendered:
        self._check_lines(page, body, first_line, titles, deepest)
        try:
            # The empty lines above make the line that the message may name a line of the file.
            rendered = richtext.render(
                "\n" * (first_line - 1) + body, lesson_url=lambda key: key if key in titles else None
            )
        except richtext.TooCostly as error:
            page.fault(first_line, "too-costly", str(error), "Viết đơn giản hơn: bớt ký hiệu lặp lại, chia nhỏ bài.")
            return richtext.Rendered("", (), ())
        if not rendered.html.strip() and page.text:
            page.fault(first_line, "empty", "Phần nội dung còn trống.", "Viết nội dung dưới phần khai báo.")
        self.cited.update(rendered.cited)
        return rendered

    def _check_lines(self, page: Page, body: str, first_line: int, titles: Mapping[str, str], deepest: int) -> None:
        level = 1
        for number, line in enumerate(body.split("\n"), first_line):
            if heading := HEADING.match(line):
                now = len(heading[0])
                if not 2 <= now <= deepest or now > level + 1:
                    cure = "Trong bài chỉ dùng ## rồi ###, không nhảy cấp."
                    page.fault(number, "heading-level", f"Tiêu đề cấp {now} không dùng được ở đây.", cure)
                level = max(now, 2)
            for match in CITATION.finditer(line):
                if self.knows_sources and match[1] not in self.sources:
                    message = f"Nguồn “{match[1]}” không có trong “sources” của module.md."
                    cure = "Thêm mã vào “sources” hoặc sửa lại mã."
                    page.fault(number, "unknown-source", message, cure, column=match.start() + 1)
            for match in LINK.finditer(line):
                self._check_link(page, match[1], number, match.start(1) + 1, titles)
            if match_html := RAW_HTML.search(line):
                cure = "Bỏ thẻ HTML; dùng Markdown như trong sổ tay."
                page.fault(number, "raw-html", "Không dùng HTML trong bài.", cure, column=match_html.start() + 1)
            if match_image := IMAGE.search(line):
                cure = "Bỏ ảnh, diễn đạt bằng chữ hoặc bảng."
                page.fault(number, "image", "Ảnh chưa được hỗ trợ.", cure, column=match_image.start() + 1)

    def _check_link(self, page: Page, address: str, line: int, column: int, titles: Mapping[str, str]) -> None:
        lesson = address.removeprefix("bai:")
        if lesson == address:
            if not richtext.AWAY.fullmatch(address):
                cure = "Dùng địa chỉ https://… đầy đủ, hoặc bai:<id> của bài cùng chuyên đề."
                page.fault(line, "bad-link", f"Liên kết “{address}” không dùng được.", cure, column=column)
        elif lesson not in titles:
            cure = f"Các bài: {', '.join(titles)}." if titles else "Bỏ liên kết; ở đây không dẫn đến bài học được."
            page.fault(line, "dead-link", f"Không có bài “{lesson}” trong chuyên đề.", cure, column=column)

    def _questions(self, titles: Mapping[str, str]) -> list[Question]:
        questions: list[Question] = []
        seen: dict[str, str] = {}
        for name in self._names("questions/*.md"):
            page = self._page(name)
            for block in blocks(page):
                question = read_question(
                    page, block, self.kinds, titles, set(self.sources) if self.knows_sources else None
                )
                self._check_lines(page, "\n".join(block.lines), block.line + 1, {}, deepest=1)
                if block.id in seen:
                    message = f"Mã câu “{block.id}” đã dùng ở {seen[block.id]}."
                    page.fault(block.line, "duplicate-id", message, "Đặt mã khác cho câu mới hơn.")
                    continue
                seen[block.id] = f"{page.name}:{block.line}"
                if question is not None:
                    questions.append(question)
                    self.cited.update(question.sources)
        return questions

    def _quiz(self, available: int) -> QuizPlan | None:
        if not self._names("quiz.md"):
            return None
        page = self._page("quiz.md")
        fields, body, line = split(page, ("questions", "minutes", "pass_percent", "attempts"))
        number = fields.whole("questions", 1, 200)
        if number > available:
            message = f"Bài kiểm tra rút {number} câu nhưng ngân hàng chỉ có {available} câu dùng được."
            page.fault(fields.line_of("questions"), "too-few-questions", message, "Thêm câu hỏi hoặc giảm số câu.")
        plan = (fields.whole("minutes", 1, 300), fields.whole("pass_percent", 1, 100), fields.whole("attempts", 0, 100))
        return QuizPlan(number, *plan, self._body(page, body, line, {}).html)

    def _reflection(self) -> tuple[tuple[Prompt, ...], tuple[Criterion, ...]]:
        if not self._names("reflection.md"):
            return (), ()
        page = self._page("reflection.md")
        fields, body, line = split(page, ("prompts", "rubric"))
        texts = self._prompt_texts(page, body, line)
        prompts: list[Prompt] = []
        items = fields.items("prompts", ("id", "title", "min_words", "max_words"))
        for item in items:
            prompt = Prompt(
                item.id("id"),
                item.text("title"),
                item.whole("min_words", 0, 20_000),
                item.whole("max_words", 1, 20_000),
                texts.get(item.text("id", required=False), ("", 0))[0],
            )
            if prompt.min_words > prompt.max_words:
                page.fault(item.line, "word-limits", "min_words lớn hơn max_words.", "Sửa lại giới hạn số từ.")
            if prompt.id and prompt.id not in texts:
                message = f"Câu hỏi thu hoạch “{prompt.id}” chưa có lời văn."
                page.fault(item.line, "no-prompt", message, f"Thêm mục “## {prompt.id}” ở phần thân.")
            if prompt.id and any(prompt.id == other.id for other in prompts):
                page.fault(item.line, "duplicate-id", f"Mã “{prompt.id}” dùng hai lần.", "Đặt mã khác.")
            prompts.append(prompt)
        for key, (_html, at) in texts.items():
            if items and key not in [prompt.id for prompt in prompts]:
                message = f"Mục “{key}” không có trong “prompts”."
                page.fault(at, "unknown-prompt", message, "Khai báo mã này ở “prompts”, hoặc bỏ mục.")
        return tuple(prompts), self._rubric(page, fields)

    def _prompt_texts(self, page: Page, body: str, first_line: int) -> dict[str, tuple[str, int]]:
        """The body cut at `## id`, each part rendered, with the line of its id."""
        parts: dict[str, tuple[int, list[str]]] = {}
        key = ""
        for number, line in enumerate(body.split("\n"), first_line):
            if line.startswith("## "):
                key = line[3:].strip()
                if key in parts:
                    page.fault(number, "duplicate-id", f"Mục “{key}” viết hai lần.", "Gộp hai mục làm một.")
                parts[key] = (number + 1, [])
            elif key:
                parts[key][1].append(line)
            elif line.strip():
                page.fault(number, "stray-text", "Dòng này không thuộc câu hỏi nào.", "Đặt “## mã” phía trên.")
        return {
            key: (self._body(page, "\n".join(lines), line, {}).html, line - 1) for key, (line, lines) in parts.items()
        }

    def _rubric(self, page: Page, fields: Fields) -> tuple[Criterion, ...]:
        criteria: list[Criterion] = []
        knows_weights = True
        for item in fields.items("rubric", ("id", "title", "weight", "levels")):
            levels = tuple(
                Level(level.score("from"), level.text("name"), level.text("text", most=1000))
                for level in item.items("levels", ("from", "name", "text"))
            )
            steps = [level.least for level in levels]
            if steps and (steps != sorted(set(steps), reverse=True) or steps[-1] != 0):
                message = "Các mức phải xếp từ điểm cao xuống thấp và mức cuối bắt đầu từ 0."
                page.fault(item.line_of("levels"), "levels", message, "Sửa lại các giá trị “from”.")
            before, weight = len(page.faults), item.whole("weight", 1, 100)
            knows_weights &= len(page.faults) == before
            criterion = Criterion(item.id("id"), item.text("title"), weight, levels)
            if criterion.id and any(criterion.id == other.id for other in criteria):
                page.fault(item.line, "duplicate-id", f"Mã tiêu chí “{criterion.id}” dùng hai lần.", "Đặt mã khác.")
            criteria.append(criterion)
        total = sum(criterion.weight for criterion in criteria)
        if criteria and knows_weights and total != 100:
            message = f"Tổng trọng số của các tiêu chí là {total}, phải bằng 100."
            page.fault(fields.line_of("rubric"), "weights", message, "Sửa lại “weight” của các tiêu chí.")
        return tuple(criteria)


def as_lines(faults: Iterable[Fault], show: Callable[[Severity], str]) -> list[str]:
    """For people: one line a fault, as compilers write it."""
    return [
        f"{fault.file}:{fault.line}:{fault.column}: {show(fault.severity)}: {fault.message} {fault.cure}"
        for fault in faults
    ]
