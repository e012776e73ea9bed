"""Whatever is wrong in a folder of modules comes out with file, line, code and cure, all of it in one run."""

import shutil
import time
import unicodedata
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from lms.content import checker
from lms.content.earlier import EarlierIds
from lms.content.files import read_folder
from lms.content.rules import Fault, Severity
from lms.quizzes.kinds import CHECKS
from lms.vietnamese import fold
from tests.factories import SAMPLE

TODAY = date(2026, 11, 21)

GOOD = {
    "sources.yaml": """\
A1:
  statement: Ủy viên Ban Chấp hành chiếm tối đa 1/3 số ủy viên Ủy ban Kiểm tra.
  reference: Tài liệu mẫu
  confidence: "2"
  valid_from:
  valid_to:
G1:
  statement: Điều nghe nói.
  reference: Chưa rõ
  confidence: G
  valid_from:
  valid_to:
X1:
  statement: Luật Công đoàn năm 2012.
  reference: Tài liệu mẫu
  confidence: S
  valid_from: 2013-01-01
  valid_to: 2025-06-30
""",
    "module.md": """\
---
code: MAU01
title: Chuyên đề mẫu
summary: Chuyên đề nhỏ.
objectives:
  - Nêu được một giới hạn.
valid_from: 2026-01-01
valid_to:
sources: [A1]
---
Lời giới thiệu.
""",
    "lessons/01-mot.md": """\
---
id: mot
title: Bài một
minutes: 5
---
Câu có nguồn.[^A1]

## Mục lớn

### Mục nhỏ

Xem [bài hai](bai:hai) và [trang ngoài](https://example.org/a).
""",
    "lessons/02-hai.md": """\
---
id: hai
title: Bài hai
minutes: 5
---
Nội dung bài hai.
""",
    "questions/chung.md": """\
## mau-01
kind: single_choice
lesson: mot
sources: A1

Chiếm nhiều nhất bao nhiêu?

- [ ] a) Một phần tư
    > Chưa đúng.
- [x] b) Một phần ba
    > Đúng.

## mau-02
kind: several_choices
lesson: hai
sources: A1

Chọn các số nhỏ hơn năm.

- [x] a) Một
    > Đúng.
- [x] b) Hai
    > Đúng, hai nhỏ hơn năm.
- [ ] c) Bảy
    > Chưa đúng.

## mau-03
kind: true_false
lesson: hai
sources: A1

Một phần ba là mức tối đa.

- [x] a) Đúng
    > Phải.
- [ ] b) Sai
    > Không phải.
""",
    "quiz.md": """\
---
questions: 2
minutes: 15
pass_percent: 60
attempts: 2
---
Chọn phương án đúng.
""",
    "reflection.md": """\
---
prompts:
  - id: tam-dac
    title: Điểm tâm đắc
    min_words: 5
    max_words: 50
  - id: lien-he
    title: Liên hệ
    min_words: 5
    max_words: 50
rubric:
  - id: noi-dung
    title: Nắm nội dung
    weight: 60
    levels:
      - from: 8
        name: Tốt
        text: Nêu đúng và đủ.
      - from: 0
        name: Chưa đạt
        text: Còn thiếu.
  - id: lien-he
    title: Liên hệ
    weight: 40
    levels:
      - from: 5
        name: Đạt
        text: Có liên hệ.
      - from: 0
        name: Chưa đạt
        text: Chưa có liên hệ.
---
## tam-dac

Đồng chí tâm đắc điều gì?

## lien-he

Đồng chí liên hệ với đơn vị mình.
""",
}
"""A sound module `mau`; the sources G1 and X1 stand ready to be misused."""

Edit = tuple[str, str, str]
"""A file, what stands in it once, and what to put there."""

MODULE, ONE, TWO, QUESTIONS = "module.md", "lessons/01-mot.md", "lessons/02-hai.md", "questions/chung.md"
QUIZ, REFLECTION, SOURCES = "quiz.md", "reflection.md", "sources.yaml"


def a_folder(root: Path, *edits: Edit, slug: str = "mau") -> Path:
    texts = dict(GOOD)
    for file, old, new in edits:
        assert texts[file].count(old) == 1, (file, old)
        texts[file] = texts[file].replace(old, new)
    for file, text in texts.items():
        write(root, file, text.encode(), slug)
    return root


def write(root: Path, file: str, content: bytes, slug: str = "mau") -> None:
    path = root / file if file == SOURCES else root / "modules" / slug / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def a_picture() -> bytes:
    stored = BytesIO()
    Image.new("RGB", (4, 3), "white").save(stored, "PNG")
    return stored.getvalue()


def checked(root: Path) -> checker.Report:
    return checker.check(read_folder(root), kinds=CHECKS, on=TODAY)


def shown(fault: Fault) -> str:
    """A fault in short: file:line code, with the column where it is not 1 and the severity where it is not an error."""
    column = "" if fault.column == 1 else f":{fault.column}"
    severity = "" if fault.severity is Severity.ERROR else f" {fault.severity}"
    return f"{fault.file.removeprefix('modules/mau/')}:{fault.line}{column} {fault.code}{severity}"


def found(root: Path) -> list[str]:
    """Every fault in short; each says in Vietnamese what is wrong and what to do."""
    report = checked(root)
    for fault in report.faults:
        assert is_vietnamese(fault.message), fault
        assert is_vietnamese(fault.cure), fault
    assert (report.modules == {}) == bool(report.errors)
    return [shown(fault) for fault in report.faults]


def is_vietnamese(text: str) -> bool:
    return fold(text) != text.lower() and text.endswith((".", "”"))


def test_a_sound_folder_has_no_fault_and_gives_its_module(tmp_path):
    report = checked(a_folder(tmp_path))

    assert report.faults == []
    module = report.modules["mau"]
    assert [lesson.id for lesson in module.lessons] == ["mot", "hai"]
    assert [question.id for question in module.questions] == ["mau-01", "mau-02", "mau-03"]
    assert [prompt.id for prompt in module.prompts] == ["tam-dac", "lien-he"]
    assert [(criterion.id, criterion.weight) for criterion in module.rubric] == [("noi-dung", 60), ("lien-he", 40)]


# What is wrong, the edit that makes it so, and every fault that then comes out.
WRONG = {
    # Front matter.
    "no front matter": (ONE, "---\nid: mot", "id: mot", ["lessons/01-mot.md:1 no-front-matter"]),
    "front matter that never ends": (QUIZ, "attempts: 2\n---", "attempts: 2", ["quiz.md:1 no-front-matter"]),
    "YAML that cannot be read": (QUIZ, "minutes: 15", "minutes: 15: 3", ["quiz.md:3:12 yaml"]),
    "a character that YAML does not take": (QUIZ, "minutes: 15", "minutes: \x01", ["quiz.md:2 yaml"]),
    "lists in lists without end": (QUIZ, "minutes: 15", f"minutes: {'[' * 200_000}", ["quiz.md:3 yaml"]),
    "a list instead of keys": (MODULE, GOOD[MODULE][4:-21], "- mau\n", ["module.md:2 wrong-type"]),
    "an unknown key": (QUIZ, "minutes: 15", "minutes: 15\nphut: 3", ["quiz.md:4 unknown-key"]),
    "a list for a key": (QUIZ, "minutes: 15", "minutes: 15\n? &a [*a]\n: 3", ["quiz.md:4:3 unknown-key"]),
    "a key twice": (QUIZ, "minutes: 15", "minutes: 15\nminutes: 15", ["quiz.md:4 duplicate-key"]),
    "a missing key": (QUIZ, "minutes: 15\n", "", ["quiz.md:2 missing-key"]),
    "two missing keys": (QUIZ, "minutes: 15\npass_percent: 60\n", "", ["quiz.md:2 missing-key"] * 2),
    "an empty value": (MODULE, "title: Chuyên đề mẫu", "title:", ["module.md:3:7 missing-key"]),
    "no day": (MODULE, "valid_from: 2026-01-01", "valid_from:", ["module.md:7:12 missing-key"]),
    "an empty list": (MODULE, "\n  - Nêu được một giới hạn.", "", ["module.md:5:12 missing-key"]),
    "a list without items": (MODULE, "\n  - Nêu được một giới hạn.", " []", ["module.md:5:13 wrong-type"]),
    "a text where a list belongs": (MODULE, "\n  - Nêu được", " Nêu được", ["module.md:5:13 wrong-type"]),
    "a list where a text belongs": (MODULE, "title: Chuyên đề mẫu", "title: [Mẫu]", ["module.md:3:8 wrong-type"]),
    "a key within an item": (MODULE, "- Nêu được", "- Nêu: được", ["module.md:6:5 wrong-type"]),
    "a title that is too long": (MODULE, "Chuyên đề mẫu", "Chuyên " * 60, ["module.md:3:8 wrong-type"]),
    "minutes that are no number": (QUIZ, "minutes: 15", "minutes: năm", ["quiz.md:3:10 wrong-type"]),
    "minutes out of range": (QUIZ, "minutes: 15", "minutes: 301", ["quiz.md:3:10 wrong-type"]),
    "minutes of 5.000 digits": (QUIZ, "minutes: 15", f"minutes: {'5' * 5000}", ["quiz.md:3:10 wrong-type"] * 2),
    "a day as people write it": (MODULE, "2026-01-01", "01/01/2026", ["module.md:7:13 wrong-type"]),
    "a day that does not exist": (MODULE, "2026-01-01", "2026-02-30", ["module.md:7:13 wrong-type"]),
    "an end before the beginning": (MODULE, "valid_to:", "valid_to: 2025-12-31", ["module.md:8:11 dates"]),
    "a code in small letters": (MODULE, "MAU01", "mau01", ["module.md:2:7 bad-id"]),
    "an id with capitals": (REFLECTION, "id: noi-dung", "id: Nội dung", ["reflection.md:12:9 wrong-type"]),
    # Bodies.
    "nothing below the front matter": (TWO, "Nội dung bài hai.\n", "", ["lessons/02-hai.md:6 empty"]),
    "no introduction": (MODULE, "Lời giới thiệu.\n", "\n", ["module.md:11 empty"]),
    "a heading of level 1": (ONE, "## Mục lớn", "# Mục lớn", ["lessons/01-mot.md:8 heading-level"]),
    "a heading without its space": (ONE, "## Mục lớn", "#Mục lớn", ["lessons/01-mot.md:8 heading-level"]),
    "a heading of level 4": (ONE, "### Mục nhỏ", "#### Mục nhỏ", ["lessons/01-mot.md:10 heading-level"]),
    "a jump over a level": (ONE, "## Mục lớn", "Mục lớn", ["lessons/01-mot.md:10 heading-level"]),
    "a citation of nothing": (ONE, "[^A1]", "[^A1][^Z9]", ["lessons/01-mot.md:6:19 unknown-source"]),
    "a source that is not listed": (ONE, "[^A1]", "[^X1]", ["lessons/01-mot.md:6:14 unknown-source"]),
    "a link to no lesson": (ONE, "bai:hai", "bai:ba", ["lessons/01-mot.md:12:15 dead-link"]),
    "a link to no lesson, with a title": (ONE, "bai:hai", 'bai:ba "Ba"', ["lessons/01-mot.md:12:15 dead-link"]),
    "a link to a file": (ONE, "bai:hai", "02-hai.md", ["lessons/01-mot.md:12:15 bad-link"]),
    "a link that runs a script": (ONE, "bai:hai", "javascript:alert", ["lessons/01-mot.md:12:15 bad-link"]),
    "raw HTML": (TWO, "Nội dung", "Nội <b>dung</b>", ["lessons/02-hai.md:6:5 raw-html"]),
    "an HTML comment": (TWO, "Nội dung", "Nội <!-- dung", ["lessons/02-hai.md:6:5 raw-html"]),
    "an image": (TWO, "Nội dung", "![Nội](https://example.org/a.png)", ["lessons/02-hai.md:6 bad-image"]),
    "more Markdown than is rendered": (TWO, "Nội dung", "a\n" * 501, ["lessons/02-hai.md:6 too-costly"]),
    "a lesson link in the quiz": (QUIZ, "Chọn", "[Chọn](bai:hai)", ["quiz.md:7:8 dead-link"]),
    # Questions.
    "a line before the first question": (
        QUESTIONS,
        "## mau-01",
        "Câu hỏi\n## mau-01",
        ["questions/chung.md:1 stray-text"],
    ),
    "an id with a space": (QUESTIONS, "## mau-01", "## mau 01", ["questions/chung.md:1:4 bad-id"]),
    "a question twice": (QUESTIONS, "## mau-02", "## mau-01", ["questions/chung.md:13:4 duplicate-id"]),
    "an unknown kind": (QUESTIONS, "single_choice", "essay", ["questions/chung.md:2:7 unknown-kind"]),
    "a heading that is not there": (
        QUESTIONS,
        "lesson: mot",
        "lesson: mot\npassage: muc-khac",
        ["questions/chung.md:4:10 unknown-passage"],
    ),
    "a heading of another lesson": (
        QUESTIONS,
        "several_choices\nlesson: hai",
        "several_choices\nlesson: hai\npassage: muc-nho",
        ["questions/chung.md:16:10 unknown-passage"],
    ),
    "an unknown lesson": (QUESTIONS, "lesson: mot", "lesson: ba", ["questions/chung.md:3:9 unknown-lesson"]),
    "an unknown source": (
        QUESTIONS,
        "lesson: mot\nsources: A1",
        "lesson: mot\nsources: A1, Z9",
        ["questions/chung.md:4:14 unknown-source"],
    ),
    "no declarations": (
        QUESTIONS,
        "kind: single_choice\nlesson: mot\nsources: A1\n",
        "",
        ["questions/chung.md:1 missing-key"] * 3,
    ),
    "an unknown declaration": (QUESTIONS, "lesson: mot", "lesson: mot\nlevel: 3", ["questions/chung.md:4 unknown-key"]),
    "a declaration twice": (
        QUESTIONS,
        "lesson: mot",
        "lesson: mot\nlesson: mot",
        ["questions/chung.md:4 duplicate-key"],
    ),
    "a stem among the declarations": (
        QUESTIONS,
        "lesson: mot\nsources: A1\n\n",
        "lesson: mot\nsources: A1\n",
        ["questions/chung.md:1 no-stem", "questions/chung.md:5 stray-text"],
    ),
    "no stem": (QUESTIONS, "Chiếm nhiều nhất bao nhiêu?\n", "", ["questions/chung.md:1 no-stem"]),
    "no key": (QUESTIONS, "- [x] b) Một phần ba", "- [ ] b) Một phần ba", ["questions/chung.md:1 bad-options"]),
    "two keys": (QUESTIONS, "- [ ] a) Một phần tư", "- [x] a) Một phần tư", ["questions/chung.md:1 bad-options"]),
    "one key of several": (QUESTIONS, "- [x] b) Hai", "- [ ] b) Hai", ["questions/chung.md:13 bad-options"]),
    "nothing but keys": (QUESTIONS, "- [ ] c) Bảy", "- [x] c) Bảy", ["questions/chung.md:13 bad-options"]),
    "another word than true": (QUESTIONS, "a) Đúng", "a) Phải", ["questions/chung.md:27 bad-options"]),
    "an option twice": (QUESTIONS, "b) Một phần ba", "a) Một phần ba", ["questions/chung.md:10:7 duplicate-id"]),
    "the same words twice": (QUESTIONS, "b) Một phần ba", "b) Một phần tư", ["questions/chung.md:10:10 same-option"]),
    "no explanation": (QUESTIONS, "    > Đúng.\n\n", "\n", ["questions/chung.md:10 no-explanation"]),
    "an empty explanation": (QUESTIONS, "> Phải.", ">", ["questions/chung.md:34 no-explanation"]),
    "an option without its id": (
        QUESTIONS,
        "b) Một phần ba",
        "Một phần ba",
        ["questions/chung.md:10 bad-option", "questions/chung.md:11:5 bad-option"],
    ),
    "an option pushed in": (
        QUESTIONS,
        "- [ ] a) Một phần tư",
        " - [ ] a) Một phần tư",
        ["questions/chung.md:8:2 merged-option"],
    ),
    "HTML in an option": (QUESTIONS, "Một phần tư", "Một <i>phần tư", ["questions/chung.md:8:14 raw-html"]),
    "an image in a stem": (
        QUESTIONS,
        "Chiếm",
        "![](a.png) Chiếm",
        ["questions/chung.md:6 bad-image", "questions/chung.md:6 no-alt"],
    ),
    "a source only cited in a stem": (QUESTIONS, "Chiếm", "Chiếm[^Z9]", ["questions/chung.md:6:6 unknown-source"]),
    "a heading in a stem": (QUESTIONS, "Chiếm", "### Chiếm", ["questions/chung.md:6 heading-level"]),
    "a stem that cannot be rendered": (QUESTIONS, "Chiếm", "a\n" * 501, ["questions/chung.md:1 too-costly"]),
    # Quiz and reflection.
    "more questions asked than there are": (QUIZ, "questions: 2", "questions: 4", ["quiz.md:2:12 too-few-questions"]),
    "more words at least than at most": (
        REFLECTION,
        "max_words: 50\n  - id",
        "max_words: 4\n  - id",
        ["reflection.md:5:16 word-limits"],
    ),
    "a prompt without words": (
        REFLECTION,
        "## tam-dac\n\nĐồng chí tâm đắc điều gì?\n",
        "",
        ["reflection.md:3:9 no-prompt"],
    ),
    "a prompt with nothing below": (REFLECTION, "Đồng chí tâm đắc điều gì?\n", "", ["reflection.md:34 empty"]),
    "words for no prompt": (
        REFLECTION,
        "## lien-he",
        "Thêm.\n\n## khac\n\nKhác.\n\n## lien-he",
        ["reflection.md:39:4 unknown-prompt"],
    ),
    "words for one prompt twice": (
        REFLECTION,
        "## lien-he",
        "## tam-dac\n\nLại.\n\n## lien-he",
        ["reflection.md:37:4 duplicate-id"],
    ),
    "words before all prompts": (
        REFLECTION,
        "---\n## tam-dac",
        "---\nMở đầu\n## tam-dac",
        ["reflection.md:33 stray-text"],
    ),
    "a prompt that names a criterion which is not there": (
        REFLECTION,
        "min_words: 5\n    max_words: 50\n  - id",
        "min_words: 5\n    max_words: 50\n    criteria: [noi-dung, khac]\n  - id",
        ["reflection.md:7:26 unknown-criterion"],
    ),
    "a model passage with nothing below": (
        REFLECTION,
        "Đồng chí tâm đắc điều gì?\n",
        "Đồng chí tâm đắc điều gì?\n\n### Đoạn mẫu: Trống\n",
        ["reflection.md:38 empty"],
    ),
    "a prompt twice": (
        REFLECTION,
        "min_words: 5\n    max_words: 50\n  - id: lien-he",
        "min_words: 5\n    max_words: 50\n  - id: tam-dac",
        ["reflection.md:7:9 duplicate-id", "reflection.md:37:4 unknown-prompt"],
    ),
    "a criterion twice": (
        REFLECTION,
        "  - id: lien-he\n    title: Liên hệ\n    weight",
        "  - id: noi-dung\n    title: Liên hệ\n    weight",
        ["reflection.md:22:9 duplicate-id"],
    ),
    "a criterion without weight": (
        REFLECTION,
        "    weight: 60\n",
        "",
        ["reflection.md:12:5 missing-key"],
    ),
    "weights that are not 100 together": (REFLECTION, "weight: 60", "weight: 50", ["reflection.md:12:3 weights"]),
    "levels from low to high": (REFLECTION, "from: 8", "from: 0", ["reflection.md:16:7 levels"]),
    "levels that do not reach 0": (
        REFLECTION,
        "from: 0\n        name: Chưa đạt\n        text: Còn",
        "from: 1\n        name: Chưa đạt\n        text: Còn",
        ["reflection.md:16:7 levels"],
    ),
    "a level above 10": (
        REFLECTION,
        "from: 8",
        "from: 11",
        ["reflection.md:16:7 levels", "reflection.md:16:15 wrong-type"],
    ),
    "no rubric": (
        REFLECTION,
        GOOD[REFLECTION][GOOD[REFLECTION].index("rubric:") : GOOD[REFLECTION].index("---\n## ")],
        "",
        ["reflection.md:2 missing-key"],
    ),
    "a rubric without criteria": (
        REFLECTION,
        GOOD[REFLECTION][GOOD[REFLECTION].index("rubric:") : GOOD[REFLECTION].index("---\n## ")],
        "rubric: []\n",
        ["reflection.md:11:9 wrong-type"],
    ),
    # Facts.
    "a source that does not exist": (MODULE, "[A1]", "[A1, Z9]", ["module.md:9:15 unknown-source"]),
    "a source that nobody cites": (SOURCES, "G1:", "G1:", []),
    "an unverified source": (
        MODULE,
        "[A1]",
        "[A1, G1]",
        ["module.md:9:15 unused-source warning", "module.md:9:15 unverified-fact"],
    ),
    "a source id in small letters": (SOURCES, "G1:", "g1:", ["sources.yaml:7 bad-id"]),
    "a source twice": (SOURCES, "G1:", "A1:", ["module.md:9:11 unverified-fact", "sources.yaml:7 duplicate-id"]),
    "a confidence that does not exist": (SOURCES, "confidence: S", "confidence: A", ["sources.yaml:16:15 wrong-type"]),
    "a source without a statement": (SOURCES, "  statement: Điều nghe nói.\n", "", ["sources.yaml:8:3 missing-key"]),
    "a source that is a text": (
        SOURCES,
        GOOD[SOURCES][GOOD[SOURCES].index("\n  statement: Điều") : GOOD[SOURCES].index("X1:")],
        " Điều nghe nói.\n",
        ["sources.yaml:7:5 wrong-type"],
    ),
    "sources that are a list": (SOURCES, GOOD[SOURCES], "- A1\n", ["sources.yaml:1 wrong-type"]),
    "sources that cannot be read": (SOURCES, "reference: Chưa rõ", "reference: Chưa: rõ", ["sources.yaml:9:18 yaml"]),
}


@pytest.mark.parametrize(("file", "old", "new", "faults"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_its_line(tmp_path, file, old, new, faults):
    root = a_folder(tmp_path, (file, old, new))

    assert found(root) == faults


def test_an_expired_source_is_a_warning_and_the_module_stays_usable(tmp_path):
    a_folder(tmp_path, (MODULE, "[A1]", "[A1, X1]"))
    cited = GOOD[TWO].replace("hai.", "hai.[^X1]").encode()
    write(tmp_path, TWO, cited)

    assert found(tmp_path) == ["module.md:9:15 expired-fact warning"]
    assert list(checked(tmp_path).modules) == ["mau"]


def test_a_source_that_nobody_cites_is_a_warning(tmp_path):
    a_folder(tmp_path, (SOURCES, "2025-06-30", "2026-11-21"), (MODULE, "[A1]", "[A1, X1]"))

    assert found(tmp_path) == ["module.md:9:15 unused-source warning"]


OWN = """\
R1:
  statement: Điều chỉ chuyên đề này dùng.
  reference: Sổ của đơn vị
  document_type: Quyết định
  number: 12/QĐ-CĐCS
  issued_on: 2025-03-01
  issuer: Công đoàn cơ sở Mẫu
  confidence: "1"
  valid_to: 2030-12-31
  superseded_by: A1
"""


def test_a_module_has_sources_of_its_own_and_pictures(tmp_path):
    a_folder(tmp_path, (MODULE, "[A1]", "[A1, R1]"), (TWO, "hai.", "hai.[^R1] ![Sơ đồ](images/so-do.png)"))
    (tmp_path / "modules/mau/sources.yaml").write_text(OWN, "utf-8")
    write(tmp_path, "images/so-do.png", a_picture())

    report = checked(tmp_path)

    assert report.faults == []
    shared, mine = report.modules["mau"].sources
    assert (shared.id, shared.is_shared) == ("A1", True)
    assert (mine.number, mine.issued_on, mine.superseded_by, mine.is_shared) == (
        "12/QĐ-CĐCS",
        date(2025, 3, 1),
        "A1",
        False,
    )
    [picture] = report.modules["mau"].pictures
    assert (picture.name, picture.content_type, picture.width, picture.height) == ("so-do.png", "image/png", 4, 3)
    assert f'src="{picture.address}"' in report.modules["mau"].lessons[1].html


def test_the_ids_of_a_version_are_compared_with_the_next_one(tmp_path):
    before = checked(a_folder(tmp_path / "before")).modules["mau"]
    earlier = EarlierIds.of(
        before.code,
        [(lesson.id, lesson.html) for lesson in before.lessons],
        before.questions,
        before.prompts,
        before.rubric,
    )
    changed = a_folder(
        tmp_path / "after",
        (TWO, "id: hai", "id: bai-hai"),
        (ONE, "bai:hai", "bai:bai-hai"),
        (QUESTIONS, "## mau-01", "## cau-01"),
        (QUESTIONS, "lesson: hai\nsources: A1\n\nChọn", "lesson: bai-hai\nsources: A1\n\nChọn"),
        (QUESTIONS, "lesson: hai\nsources: A1\n\nMột", "lesson: bai-hai\nsources: A1\n\nMột"),
    )

    def compared(root: Path) -> list[str]:
        found = checker.check(read_folder(root), kinds=CHECKS, on=TODAY, earlier={"mau": earlier}).faults
        return [shown(fault) for fault in found]

    assert compared(tmp_path / "before") == []
    assert compared(changed) == [
        "lessons/02-hai.md:2:5 changed-id warning",
        "questions/chung.md:1:4 changed-id warning",
    ]


def test_a_small_bank_is_not_suspected(tmp_path):
    questions = "\n".join(
        GOOD[QUESTIONS].split("## mau-02")[0].replace("mau-01", f"mau-{number}") for number in range(10, 17)
    )
    a_folder(tmp_path, (TWO, "Nội dung", "Nội dung[^A1]"))
    write(tmp_path, "questions/hai.md", questions.encode())
    without_first = GOOD[QUESTIONS][GOOD[QUESTIONS].index("## mau-02") :]
    write(tmp_path, QUESTIONS, without_first.encode())

    assert found(tmp_path) == []

    write(tmp_path, QUESTIONS, GOOD[QUESTIONS].encode())
    assert found(tmp_path) == ["questions/chung.md:1 key-position warning"]


def test_a_name_that_another_system_takes_for_the_same_keeps_the_module_back(tmp_path):
    files = read_folder(a_folder(tmp_path)) | {"modules/mau/Quiz.md": GOOD[QUIZ].encode()}

    report = checker.check(files, kinds=CHECKS, on=TODAY)

    assert [shown(fault) for fault in report.faults] == ["Quiz.md:1 unexpected-file hint", "quiz.md:1 twin-name"]
    assert (report.modules, list(report.previews)) == ({}, ["mau"])


def test_two_modules_with_one_code_are_named_also_where_one_has_faults(tmp_path):
    a_folder(tmp_path, slug="bai-truoc")
    a_folder(tmp_path, (MODULE, "code: MAU01\n", ""), (MODULE, "summary:", "code: MAU01\nsummary:"))
    write(tmp_path, QUIZ, GOOD[QUIZ].replace("15", "0").encode(), "bai-truoc")

    assert found(tmp_path) == [
        "modules/bai-truoc/quiz.md:3:10 wrong-type",
        "module.md:3:7 duplicate-id",
    ]


def test_two_lessons_with_one_id(tmp_path):
    a_folder(tmp_path, (QUESTIONS, "lesson: mot", "lesson: hai"))
    write(tmp_path, ONE, GOOD[TWO].encode())

    assert found(tmp_path) == ["lessons/02-hai.md:2:5 duplicate-id"]


def test_names_of_folders_and_lessons_follow_the_handbook(tmp_path):
    a_folder(tmp_path, slug="Mẫu")
    write(tmp_path, "lessons/ba.md", GOOD[TWO].replace("id: hai", "id: ba").encode(), "Mẫu")

    assert found(tmp_path) == ["modules/Mẫu/lessons/ba.md:1 bad-name", "modules/Mẫu/module.md:1 bad-id"]


def test_a_module_without_a_lesson_is_told_to_write_one(tmp_path):
    write(tmp_path, SOURCES, GOOD[SOURCES].encode())
    write(tmp_path, MODULE, GOOD[MODULE].replace("giới thiệu.", "giới thiệu.[^A1]").encode())

    assert found(tmp_path) == ["lessons/01-bai-dau.md:1 missing-file"]


def test_quiz_and_reflection_may_be_left_out(tmp_path):
    a_folder(tmp_path)
    (tmp_path / "modules/mau" / QUIZ).unlink()
    (tmp_path / "modules/mau" / REFLECTION).unlink()

    module = checked(tmp_path).modules["mau"]
    assert (module.quiz, module.prompts, module.rubric) == (None, (), ())


def test_a_missing_file_is_one_fault_and_nothing_it_would_have_said_is_another(tmp_path):
    a_folder(tmp_path)
    (tmp_path / "modules/mau" / MODULE).unlink()
    (tmp_path / SOURCES).unlink()

    assert found(tmp_path) == [
        "module.md:1 missing-file",
        "sources.yaml:1 missing-file",
    ]


def test_an_empty_folder_has_no_module_and_says_so(tmp_path):
    assert found(tmp_path) == ["sources.yaml:1 missing-file"]


NOT_UTF_8 = {
    "UTF-16": (GOOD[TWO].encode("utf-16"), "lessons/02-hai.md:1 encoding"),
    "UTF-16 without its mark": (GOOD[TWO].replace("Bài", "Bạn").encode("utf-16-le"), "lessons/02-hai.md:3:18 encoding"),
    "Latin-1": ("---\nid: hai\ntitle: Hà Nội".replace("ộ", "o").encode("latin-1"), "lessons/02-hai.md:3:9 encoding"),
    "half a letter at the end": (GOOD[TWO].encode() + "à".encode()[:1], "lessons/02-hai.md:7 encoding"),
}


@pytest.mark.parametrize(("content", "fault"), NOT_UTF_8.values(), ids=NOT_UTF_8)
def test_a_file_in_another_encoding_is_that_one_fault(tmp_path, content, fault):
    write(a_folder(tmp_path), TWO, content)

    assert found(tmp_path) == [fault]


@pytest.mark.parametrize("line", ["C«ng ®oµn c¬ së", "Coâng ñoaøn cô sôû"], ids=["TCVN3", "VNI"])
def test_words_of_an_old_font_are_named_with_their_line(tmp_path, line):
    a_folder(tmp_path, (TWO, "Nội dung bài hai.", f"Nội dung bài hai.\n\n{line}"))

    assert found(tmp_path) == ["lessons/02-hai.md:8 legacy-font"]


def test_unicode_in_parts_is_a_warning_for_each_line_and_the_module_holds_it_whole(tmp_path):
    a_folder(tmp_path)
    write(tmp_path, TWO, unicodedata.normalize("NFD", GOOD[TWO]).encode())

    assert found(tmp_path) == ["lessons/02-hai.md:3:9 not-nfc warning", "lessons/02-hai.md:6:2 not-nfc warning"]
    lesson = checked(tmp_path).modules["mau"].lessons[1]
    assert (lesson.title, lesson.html) == ("Bài hai", "<p>Nội dung bài hai.</p>")


def test_windows_and_old_mac_line_ends_and_the_byte_order_mark_change_nothing(tmp_path):
    plain = checked(a_folder(tmp_path / "plain")).modules["mau"]
    for name, end, mark in (("windows", "\r\n", b"\xef\xbb\xbf"), ("mac", "\r", b"")):
        root = tmp_path / name
        for file, text in GOOD.items():
            write(root, file, mark + text.replace("\n", end).encode())

        report = checked(root)

        assert report.faults == []
        assert report.modules["mau"] == plain


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    a_folder(tmp_path)
    write(tmp_path, TWO, b"\xff" * 500_001)

    assert found(tmp_path) == ["lessons/02-hai.md:1 too-large"]


HOSTILE = {
    "tags that never close": "<a" * 50_000,
    "links that never close": "](bai:" * 16_000,
    "citations that never close": "[^" * 49_000,
    "spaces": "x" + " " * 98_000 + "x",
    "images that never close": "![" * 49_000,
    "images without an address": "![a](" * 19_000,
    "sentences that never end": "a.)" * 32_000,
    "capitals": "CĐ (" * 24_000,
    "years": "nhiệm kỳ 2023-" * 6_000,
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_line_is_judged_in_a_moment(tmp_path, line):
    a_folder(
        tmp_path,
        (TWO, "Nội dung bài hai.", line),
        (QUESTIONS, "Chiếm nhiều nhất", f"{line}\n{' ' * 90_000}?"),
        (QUESTIONS, "a) Một phần tư", f"a) {line}"),
    )
    began = time.process_time()

    checked(tmp_path)

    assert time.process_time() - began < 5


def test_what_cannot_be_rendered_is_named_by_its_line_in_the_file(tmp_path):
    a_folder(tmp_path, (TWO, "Nội dung bài hai.", "Một.\n\n" + "*" * 2_001))

    [fault] = checked(tmp_path).faults

    assert (fault.line, fault.code) == (6, "too-costly")
    assert fault.message == "Đoạn từ dòng 8 quá dài hoặc quá nhiều ký hiệu. Hãy tách đoạn."


def test_a_bad_question_does_not_hide_the_others(tmp_path):
    a_folder(
        tmp_path,
        (QUESTIONS, "- [x] b) Một phần ba", "- [ ] b) Một phần ba"),
        (QUESTIONS, "sources: A1\n\nMột phần ba là", "\nMột phần ba là"),
    )

    faults = checked(tmp_path).faults

    assert [shown(fault) for fault in faults] == [
        "questions/chung.md:1 bad-options",
        "questions/chung.md:27 missing-key",
        "quiz.md:2:12 too-few-questions",
    ]
    assert faults[2].message == "Bài kiểm tra rút 2 câu nhưng ngân hàng chỉ có 1 câu dùng được."


def test_every_fault_of_every_file_comes_out_in_one_run(tmp_path):
    """Faults of one item each, in all files of two modules at once."""
    a_folder(tmp_path, (MODULE, "code: MAU01", "code: MAU02"), (TWO, "minutes: 5", "minutes: 0"), slug="nua-kia")
    a_folder(
        tmp_path,
        (SOURCES, "confidence: G", "confidence: H"),
        (MODULE, "summary: Chuyên đề nhỏ.\n", ""),
        (MODULE, "valid_to:", "valid_to: 2025-01-01"),
        (ONE, "## Mục lớn", "# Mục lớn"),
        (ONE, "bai:hai", "bai:ba"),
        (TWO, "Nội dung", "Nội <br> dung"),
        (QUESTIONS, "- [x] b) Một phần ba", "- [ ] b) Một phần ba"),
        (QUESTIONS, "## mau-03", "## mau-02"),
        (QUIZ, "pass_percent: 60", "pass_percent: 101"),
        (REFLECTION, "weight: 60", "weight: 70"),
        (REFLECTION, "from: 5", "from: 0"),
        (REFLECTION, "## lien-he\n\nĐồng chí liên hệ với đơn vị mình.\n", ""),
    )

    assert found(tmp_path) == [
        "lessons/01-mot.md:8 heading-level",
        "lessons/01-mot.md:12:15 dead-link",
        "lessons/02-hai.md:6:5 raw-html",
        "module.md:2 missing-key",
        "module.md:7:11 dates",
        "questions/chung.md:1 bad-options",
        "questions/chung.md:27:4 duplicate-id",
        "quiz.md:2:12 too-few-questions",
        "quiz.md:4:15 wrong-type",
        "reflection.md:7:9 no-prompt",
        "reflection.md:12:3 weights",
        "reflection.md:26:7 levels",
        "modules/nua-kia/lessons/02-hai.md:4:10 wrong-type",
        "sources.yaml:10:15 wrong-type",
    ]


def test_faults_for_people_read_as_those_of_a_compiler():
    fault = Fault("modules/mau/quiz.md", 2, 1, "missing-key", Severity.ERROR, "Thiếu khóa.", "Thêm khóa.")

    assert checker.as_lines([fault], {Severity.ERROR: "lỗi"}.__getitem__) == [
        "modules/mau/quiz.md:2:1: lỗi: Thiếu khóa. Thêm khóa."
    ]


FILES = sorted(path.relative_to(SAMPLE).as_posix() for path in SAMPLE.rglob("*") if path.is_file())
TYPED = ["---\n", "\n", "## ", "# ", ": ", "- ", "[", "]", "{", "&a ", "*a", "? ", "|\n", "!", '"', "\t", "%YAML 9\n"]
TYPED += ["- [x] a) ", "    > ", "[^A1]", "](bai:", "<b>", "\ufeff", "\r", "\x00"]
PIECES = some.one_of(
    some.sampled_from(TYPED).map(str.encode), some.text(max_size=20).map(str.encode), some.binary(max_size=8)
)


@some.composite
def spoilt(draw: some.DrawFn, content: bytes) -> bytes:
    """The bytes of a file after some accidents: cut short, lines doubled, lost or exchanged, something typed in."""
    for accident in draw(some.lists(some.sampled_from(["cut", "double", "lose", "exchange", "type"]), max_size=4)):
        at, lines = draw(some.integers(0, len(content))), content.split(b"\n")
        one, other = draw(some.integers(0, len(lines) - 1)), draw(some.integers(0, len(lines) - 1))
        match accident:
            case "cut":
                content = content[:at]
            case "double":
                content = b"\n".join([*lines[:one], lines[other], *lines[one:]])
            case "lose":
                content = b"\n".join(lines[:one] + lines[one + 1 :])
            case "exchange":
                lines[one], lines[other] = lines[other], lines[one]
                content = b"\n".join(lines)
            case "type":
                content = content[:at] + draw(PIECES) + content[at:]
    return content


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return Path(shutil.copytree(SAMPLE, tmp_path_factory.mktemp("accidents") / "content"))


@given(data=some.data(), file=some.sampled_from(FILES))
@settings(max_examples=40, deadline=None)
def test_the_checker_has_an_answer_to_every_accident(sample, data, file):
    """It never raises; a module it gives is whole; and every fault names a line and says what to do."""
    whole = (SAMPLE / file).read_bytes()
    (sample / file).write_bytes(data.draw(spoilt(whole)))

    report = checked(sample)

    (sample / file).write_bytes(whole)
    assert not (report.errors and report.modules)
    assert all(fault.line >= 1 and fault.column >= 1 and fault.message and fault.cure for fault in report.faults)
    for module in report.modules.values():
        assert module.lessons
        assert sum(criterion.weight for criterion in module.rubric) == 100 * bool(module.prompts)
        assert all(option.explanation for question in module.questions for option in question.options)
