"""One module's folder, file by file: the module as far as it can be shown, and what is wrong with it."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatch

from lms import richtext
from lms.content import pictures, prompts, prose
from lms.content.banks import CHOICES, Shape, judge_bank
from lms.content.blueprints import KEYS, read_plan
from lms.content.earlier import EarlierIds, Id, question_words, warn_of_renaming
from lms.content.files import SOURCES, Files, of_module
from lms.content.frontmatter import CODE, ID, ID_CURE, Fields, Page, Word, split
from lms.content.prose import Known
from lms.content.questions import Block, CheckKind, blocks, read_question
from lms.content.rules import (
    Criterion,
    Fault,
    Lesson,
    Module,
    Picture,
    Prompt,
    Question,
    QuizPlan,
    Severity,
    Source,
)
from lms.content.sources import judge, read_sources, repealed_documents, unlisted

LESSON_FILE = re.compile(r"\d{2}-[a-z0-9-]+\.md\Z")
EXPECTED = re.compile(
    r"(?:module|quiz|reflection)\.md|sources\.yaml|(?:lessons|questions)/[^/]+\.md"
    r"|images/[a-z0-9-]{1,80}\.(?:png|jpe?g|webp)"
)


def _key_of(page: Page, fields: Fields) -> str:
    """The lesson's id; where its declarations cannot be read, the one that its file's name suggests."""
    suggested = page.name.rpartition("/")[2].removesuffix(".md")[3:]
    return fields.text("id", required=False) if fields.is_readable else suggested


@dataclass(frozen=True)
class House:
    """What all modules share. `sources` None means that they could not be read; then no id of a source is judged."""

    sources: Mapping[str, Source] | None
    glossary: Mapping[str, str]
    kinds: Mapping[str, CheckKind]
    on: date


class ModuleReader:
    """Reads one folder: the module as far as it can be shown, and whether nothing in it is an error."""

    def __init__(self, files: Files, slug: str, house: House, earlier: EarlierIds | None) -> None:
        self.slug, self.folder, self.house, self.earlier = slug, f"modules/{slug}", house, earlier
        self.files = of_module(files, slug)
        self.all_sources = house.sources
        self.sources: dict[str, Source] = {}
        self.listed: list[Word] = []
        self.pages: list[Page] = []
        self.cited: set[str] = set()
        self.shown: set[str] = set()
        """Paths of the images that some text shows."""
        self.known = Known()
        self.ids: dict[str, dict[str, Id]] = {"lessons": {}, "questions": {}, "prompts": {}, "criteria": {}}
        self.shapes: list[Shape] = []
        self.code: tuple[str, Fields]
        """The module's code, also where the module has faults, with what stands beside it."""

    def faults(self) -> list[Fault]:
        return [fault for page in self.pages for fault in page.faults]

    def _page(self, name: str) -> Page:
        """A file of the module by its path in the module's folder."""
        page = Page(self.files, f"{self.folder}/{name}")
        self.pages.append(page)
        prose.check_years(page)
        return page

    def _names(self, pattern: str) -> list[str]:
        """The module's files whose path in its folder matches, in order."""
        names = (path.removeprefix(f"{self.folder}/") for path in self.files)
        return sorted(name for name in names if fnmatch(name, pattern) and name.count("/") == pattern.count("/"))

    def read(self) -> tuple[Module, bool]:
        page = self._page("module.md")
        if not ID.match(self.slug):
            page.fault(1, "bad-id", f"Tên thư mục “{self.slug}” chưa đúng.", ID_CURE)
        known = ("code", "title", "summary", "objectives", "valid_from", "valid_to", "sources")
        fields, body, line = split(page, known)
        code = fields.text("code", most=12)
        self.code = (code, fields)
        if code and not CODE.match(code):
            fields.fault("code", "bad-id", f"Mã “{code}” chưa đúng.", "Dùng chữ hoa và số, ví dụ CD04.")
        title, summary = fields.text("title"), fields.text("summary")
        objectives = tuple(word.text for word in fields.words("objectives"))
        since, until = fields.day("valid_from", required=True), fields.day("valid_to", required=False)
        if since and until and until < since:
            fields.fault("valid_to", "dates", "valid_to sớm hơn valid_from.", "Sửa valid_to bằng hoặc sau valid_from.")
        self._choose_sources(page, fields)
        images = self._pictures()
        lesson_pages = self._lesson_pages()
        titles = {
            key: fields.text("title", required=False)
            for page, fields, _, _ in lesson_pages
            if (key := _key_of(page, fields))
        }
        self.known = Known(
            titles,
            set(self.sources) if "sources" in fields.nodes else None,
            images,
            repealed_documents(self.all_sources or {}, self.house.on),
            self.house.glossary,
        )
        lessons = self._lessons(lesson_pages)
        html = self._body(page, body, line, self.known).html
        prose.check_reading(page, body, line, self.known)
        questions = self._questions(
            {one.id: [id.removeprefix("muc-") for _n, id, _t in one.headings] for one in lessons}
        )
        judge_bank(self.shapes)
        quiz = self._quiz(questions)
        asked, rubric = self._reflection()
        self._unused_sources(page)
        self._unused_files(images)
        self._compare(code)
        module = Module(
            slug=self.slug,
            code=code,
            title=title,
            summary=summary,
            objectives=objectives,
            valid_from=since or self.house.on,
            valid_to=until,
            html=html,
            sources=tuple(self.sources.values()),
            lessons=tuple(lessons),
            questions=tuple(questions),
            quiz=quiz,
            prompts=asked,
            rubric=rubric,
            pictures=tuple(picture for path in sorted(self.shown) if (picture := images.get(path))),
        )
        return module, all(one.is_sound for one in self.pages)

    def _choose_sources(self, page: Page, fields: Fields) -> None:
        path, own = f"{self.folder}/{SOURCES}", None
        if path in self.files:
            own = read_sources(self.files, path, self.house.sources or {})
            self.pages.append(own.page)
            prose.check_years(own.page)
            if not own.page.is_readable:
                self.all_sources = None
            elif self.all_sources is not None:
                self.all_sources = {**self.all_sources, **own.found}
        self.listed = fields.words("sources")
        for word in self.listed:
            unread = Source(word.text, "", "", "", None, None)
            source = unread if self.all_sources is None else self.all_sources.get(word.text)
            if source is None:
                message = f"Nguồn “{word.text}” không có trong sources.yaml."
                cure = "Thêm nguồn vào content/sources.yaml hoặc sửa mã."
                page.fault(word.line, "unknown-source", message, cure, column=word.column)
            else:
                judge(page, word, source, self.house.on)
                self.sources[word.text] = source
        if own:
            unlisted(own, [word.text for word in self.listed])

    def _unused_sources(self, page: Page) -> None:
        for word in self.listed:
            if word.text in self.sources and word.text not in self.cited:
                message = f"Nguồn “{word.text}” không được dẫn ở đâu."
                cure = "Dẫn nguồn hoặc bỏ mã."
                page.fault(word.line, "unused-source", message, cure, Severity.WARNING, word.column)

    def _pictures(self) -> dict[str, Picture | None]:
        """The images by their paths in the folder; None with a fault for one that cannot be shown."""
        found: dict[str, Picture | None] = {}
        for path in filter(prose.IMAGE_PATH.fullmatch, self._names("images/*")):
            data = self.files[f"{self.folder}/{path}"]
            found[path] = None
            try:
                digest = hashlib.sha256(data).hexdigest()
                found[path] = Picture(path.removeprefix("images/"), digest, *pictures.measure(data))
            except pictures.NotAPicture as error:
                message, _, cure = str(error).partition(". ")
                self._file(path).fault(1, "bad-picture", f"{message}.", cure)
        return found

    def _file(self, path: str) -> Page:
        """A file that is not text, or none of ours: a place for a fault."""
        page = Page({f"{self.folder}/{path}": b""}, f"{self.folder}/{path}")
        self.pages.append(page)
        return page

    def _unused_files(self, images: Mapping[str, Picture | None]) -> None:
        for path in sorted(images.keys() - self.shown):
            cure = "Dùng ảnh trong một bài, hoặc xóa tệp."
            self._file(path).fault(1, "unused-image", "Ảnh này không bài nào dùng.", cure, Severity.HINT)
        for path in self.files:
            name = path.removeprefix(f"{self.folder}/")
            if not EXPECTED.fullmatch(name):
                cure = "Xóa tệp, hoặc đặt đúng thư mục và tên như trong sổ tay."
                message = f"Tệp “{name}” không thuộc chuyên đề và bị bỏ qua."
                self._file(name).fault(1, "unexpected-file", message, cure, Severity.HINT)

    def _compare(self, code: str) -> None:
        """With the ids of the last published version."""
        if self.earlier is None:
            return
        if code and code != self.earlier.code:
            message = f"Chuyên đề “{self.earlier.code}” đã đổi mã thành “{code}”, nên không xuất bản được."
            self.code[1].fault("code", "changed-id", message, f"Đặt lại mã “{self.earlier.code}”.")
        warn_of_renaming("Bài", self.earlier.lessons, self.ids["lessons"])
        warn_of_renaming("Câu", self.earlier.questions, self.ids["questions"])
        warn_of_renaming("Câu thu hoạch", self.earlier.prompts, self.ids["prompts"])
        warn_of_renaming("Tiêu chí", self.earlier.criteria, self.ids["criteria"])

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

    def _lessons(self, lesson_pages: Iterable[tuple[Page, Fields, str, int]]) -> list[Lesson]:
        """Every lesson that can be shown, the first of those with one id."""
        lessons: dict[str, Lesson] = {}
        for page, fields, body, line in lesson_pages:
            key, title, minutes = fields.id("id"), fields.text("title"), fields.whole("minutes", 1, 120)
            rendered = self._body(page, body, line, self.known)
            if rendered.html:
                prose.check_reading(page, body, line, self.known)
            if key in lessons:
                fields.fault("id", "duplicate-id", f"Mã bài “{key}” dùng hai lần.", "Đặt mã khác.")
            elif ID.match(key) and rendered.html:
                cited = tuple(name for name in rendered.cited if name in self.sources)
                lessons[key] = Lesson(key, title, minutes, rendered.html, rendered.headings, cited)
                self.ids["lessons"][key] = Id(page, *fields.place_of("id"), rendered.html)
        return list(lessons.values())

    def _body(self, page: Page, body: str, first_line: int, known: Known, deepest: int = 3) -> richtext.Rendered:
        self.shown |= prose.check_marks(page, body, first_line, known, deepest)
        try:
            # The empty lines above make the line that the message may name a line of the file.
            rendered = richtext.render(
                "\n" * (first_line - 1) + body,
                lesson_url=lambda key: key if key in known.lessons else None,
                image_url=known.picture_url,
                glossary=known.glossary,
            )
        except richtext.TooCostly as error:
            page.fault(first_line, "too-costly", str(error), "Viết đơn giản hơn: bớt ký hiệu lặp lại, chia nhỏ bài.")
            return richtext.Rendered("", (), ())
        if not rendered.html.strip() and page.text:
            page.fault(first_line, "empty", "Phần nội dung còn trống.", "Viết nội dung dưới phần khai báo.")
        self.cited.update(rendered.cited)
        return rendered

    @property
    def _apart(self) -> Known:
        """For text that stands outside the lessons: nothing leads into them, and abbreviations stay as they are."""
        return replace(self.known, lessons={}, glossary={})

    def _questions(self, passages: Mapping[str, Sequence[str]]) -> list[Question]:
        questions: list[Question] = []
        seen: dict[str, str] = {}
        known = self._apart
        for name in self._names("questions/*.md"):
            page = self._page(name)
            for block in blocks(page):
                question = read_question(
                    page,
                    block,
                    self.house.kinds,
                    self.known.lessons,
                    None if known.sources is None else set(known.sources),
                    known.picture_url,
                    passages,
                )
                self.shown |= prose.check_marks(page, "\n".join(block.lines), block.line + 1, known, deepest=1)
                if block.id in seen:
                    message = f"Mã câu “{block.id}” đã dùng ở {seen[block.id]}."
                    page.fault(block.line, "duplicate-id", message, "Đặt mã khác cho câu mới hơn.", column=4)
                    continue
                seen[block.id] = f"{page.name}:{block.line}"
                if question is not None:
                    questions.append(question)
                    self.cited.update(question.sources)
                    self._look_over(page, block, question)
        return questions

    def _look_over(self, page: Page, block: Block, question: Question) -> None:
        """What can be judged of a question that is in order: its key's words, its shape within the bank, its id."""
        self.ids["questions"][question.id] = Id(page, block.line, 4, question_words(question))
        right = [at for at, option in enumerate(question.options) if option.is_right]
        for number, line in block.numbered():
            if line.startswith(("- [x]", "- [X]")):
                prose.check_repealed(page, line, number, self.known.repealed)
        if len(right) == 1 and question.kind in CHOICES:
            letters, lengths = zip(*((one.id, len(one.html)) for one in question.options), strict=True)
            self.shapes.append(Shape(page, block.line, question.kind, letters, lengths, right[0]))

    def _quiz(self, questions: Sequence[Question]) -> QuizPlan | None:
        if not self._names("quiz.md"):
            return None
        page = self._page("quiz.md")
        fields, body, line = split(page, KEYS)
        plan = read_plan(fields, questions, self._body(page, body, line, self._apart).html)
        return plan if page.is_sound else None

    def _reflection(self) -> tuple[tuple[Prompt, ...], tuple[Criterion, ...]]:
        if not self._names("reflection.md"):
            return (), ()
        page = self._page("reflection.md")
        ids = prompts.Ids(self.ids["prompts"], self.ids["criteria"])
        return prompts.read_reflection(page, lambda body, line: self._body(page, body, line, self._apart).html, ids)
