"""The modules that come with the program keep to the handbook, and the commands say so."""

import json
import re
import time
from datetime import date
from html import unescape
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from lms.cli import main
from lms.content import checker
from lms.content.files import read_folder
from lms.content.rules import Module, Option, Question
from lms.quizzes.kinds import CHECKS
from lms.vietnamese import count_words
from tests.content.test_checker import GOOD, MODULE, ONE, QUIZ, SOURCES, TWO, a_folder, write

CONTENT = Path(__file__).parents[2] / "content"
SLUGS = sorted(path.name for path in (CONTENT / "modules").iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def report() -> checker.Report:
    return checker.check(read_folder(CONTENT), kinds=CHECKS, on=date(2026, 11, 21))


@pytest.fixture(params=SLUGS)
def module(report: checker.Report, request: pytest.FixtureRequest) -> Module:
    return report.modules[request.param]


def words_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html))


def key_of(question: Question) -> Option:
    return next(option for option in question.options if option.is_right)


def test_every_module_is_without_a_fault_and_the_check_takes_less_than_ten_seconds():
    began = time.process_time()

    report = checker.check(read_folder(CONTENT), kinds=CHECKS, on=date(2026, 11, 21))

    assert report.faults == []
    assert sorted(report.modules) == SLUGS
    assert time.process_time() - began < 10


def test_a_lesson_is_read_in_one_sitting(module):
    for file in (CONTENT / "modules" / module.slug / "lessons").glob("*.md"):
        _, _, body = file.read_text("utf-8").split("---\n", 2)
        assert 600 <= len(body.split()) <= 1250, file.name


def test_a_module_has_questions_enough_and_asks_about_every_lesson(module):
    assert len(module.questions) >= 15
    assert {question.lesson for question in module.questions} == {lesson.id for lesson in module.lessons}


def test_every_option_is_explained_in_words_of_its_own(module):
    for question in module.questions:
        explanations = [words_of(option.explanation) for option in question.options]
        assert min(map(count_words, explanations)) >= 3, question.id
        assert len(set(explanations)) == len(explanations), question.id


def test_every_number_in_the_text_leads_to_a_source_that_says_where_it_is_from(module):
    known = yaml.safe_load((CONTENT / "sources.yaml").read_text("utf-8"))
    cited = {id for lesson in module.lessons for id in lesson.sources}
    cited |= {id for question in module.questions for id in question.sources}

    assert cited <= {source.id for source in module.sources} <= known.keys()
    assert all(known[id]["statement"] and known[id]["reference"] for id in cited)
    assert all(lesson.sources for lesson in module.lessons)


def test_the_longest_option_is_not_the_key_as_a_habit(module):
    questions = [question for question in module.questions if question.kind == "single_choice"]
    given_away = 0
    for question in questions:
        lengths = {option.id: len(words_of(option.html)) for option in question.options}
        key = lengths.pop(key_of(question).id)
        given_away += key > max(lengths.values())

    assert given_away < len(questions) / 2


def test_the_keys_are_spread_over_the_letters(module):
    letters = [key_of(question).id for question in module.questions if question.kind == "single_choice"]

    assert max(letters.count(letter) for letter in "abcd") <= len(letters) / 2


def test_a_module_ends_in_a_quiz_and_a_reflection(module):
    assert module.quiz is not None
    assert module.quiz.questions < len(module.questions)
    assert module.prompts
    assert [criterion.weight for criterion in module.rubric] == [30, 40, 20, 10]


# --- The commands -----------------------------------------------------------------------------------------------------


def lms(*arguments: str | Path, instance: Path | None = None) -> Result:
    before = ["--instance", str(instance)] if instance else []
    return CliRunner().invoke(main, [*before, *map(str, arguments)])


def test_check_says_how_many_modules_can_be_used(tmp_path):
    answer = lms("content", "check", "--folder", a_folder(tmp_path))

    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "1 chuyên đề dùng được, 0 lỗi.\n", "")


def test_check_prints_a_line_for_each_fault_and_does_not_end_well(tmp_path):
    a_folder(
        tmp_path,
        (TWO, "Nội dung", "![](images/a.png)"),
        (MODULE, "[A1]", "[A1, X1]"),
        (SOURCES, "2025-06-30", "9999-12-31"),
    )

    answer = lms("content", "check", "--folder", tmp_path)

    assert answer.exit_code == 1
    assert answer.stdout == "0 chuyên đề dùng được, 2 lỗi.\n"
    assert answer.stderr.splitlines() == [
        "modules/mau/lessons/02-hai.md:6:1: lỗi: Không có tệp “images/a.png” trong chuyên đề. Đưa tệp ảnh vào đúng chỗ"
        " hoặc sửa lại tên. | ![](images/a.png) bài hai.",
        "modules/mau/lessons/02-hai.md:6:1: lỗi: Ảnh chưa có lời thay thế. Viết trong ngoặc vuông điều người nghe máy"
        " đọc cần biết, ví dụ ![Sơ đồ ba cấp công đoàn](…). | ![](images/a.png) bài hai.",
        "modules/mau/module.md:9:15: cảnh báo: Nguồn “X1” không được dẫn ở đâu. Dẫn nguồn hoặc bỏ mã."
        " | sources: [A1, X1]",
    ]


def test_warnings_alone_end_well(tmp_path):
    a_folder(tmp_path, (SOURCES, "2025-06-30", "9999-12-31"), (MODULE, "[A1]", "[A1, X1]"))

    answer = lms("content", "check", "--folder", tmp_path)

    assert (answer.exit_code, answer.stdout) == (0, "1 chuyên đề dùng được, 0 lỗi.\n")
    assert answer.stderr.count("\n") == 1


def test_check_as_json_has_the_promised_shape(tmp_path):
    a_folder(tmp_path, (ONE, "[^A1]", "[^A1][^Z9]"))

    answer = lms("content", "check", "--folder", tmp_path, "--format", "json")

    assert answer.exit_code == 1
    assert json.loads(answer.stdout) == [
        {
            "file": "modules/mau/lessons/01-mot.md",
            "line": 6,
            "column": 19,
            "code": "unknown-source",
            "severity": "error",
            "message": "Nguồn “Z9” không có trong “sources” của module.md.",
            "cure": "Thêm mã vào “sources” hoặc sửa lại mã.",
            "excerpt": "Câu có nguồn.[^A1][^Z9]",
        }
    ]
    assert lms("content", "check", "--folder", a_folder(tmp_path / "good"), "--format", "json").stdout == "[]\n"


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """An instance folder, ready for use."""
    answer = lms("init", instance=tmp_path / "instance")
    assert answer.exit_code == 0, answer.output
    return tmp_path / "instance"


def test_publish_makes_a_version_once_and_another_when_the_words_have_changed(instance, tmp_path):
    folder = a_folder(tmp_path / "content")

    first = lms("content", "publish", "--folder", folder, instance=instance)
    again = lms("content", "publish", "mau", "--folder", folder, instance=instance)
    write(folder, TWO, GOOD[TWO].replace("Nội dung", "Lời").encode())
    changed = lms("content", "publish", "mau", "--folder", folder, instance=instance)

    assert [answer.exit_code for answer in (first, again, changed)] == [0, 0, 0]
    assert first.stdout == "mau: phiên bản 1 (phiên bản mới)\n"
    assert again.stdout == "mau: phiên bản 1 (không đổi)\n"
    assert changed.stdout == "mau: phiên bản 2 (phiên bản mới)\n"


def test_check_tells_of_an_id_that_is_another_than_in_the_published_version(instance, tmp_path):
    folder = a_folder(tmp_path / "content")
    lms("content", "publish", "--folder", folder, instance=instance)
    write(folder, TWO, GOOD[TWO].replace("id: hai", "id: hai-moi").encode())

    told = lms("content", "check", "--folder", folder, instance=instance)
    (instance / "lms.sqlite").unlink()
    untold = lms("content", "check", "--folder", folder, instance=instance)

    assert "“hai” đã đổi mã thành “hai-moi”" in told.stderr
    assert untold.stderr.startswith("Không hỏi được cơ sở dữ liệu")


def test_publish_takes_only_sound_modules_and_leaves_others_alone(instance, tmp_path):
    folder = a_folder(tmp_path / "content")
    a_folder(folder, (MODULE, "MAU01", "MAU02"), (QUIZ, "minutes: 15", "minutes: 0"), slug="dang-viet")

    all_of_them = lms("content", "publish", "--folder", folder, instance=instance)
    unsound = lms("content", "publish", "dang-viet", "mau", "--folder", folder, instance=instance)
    sound = lms("content", "publish", "mau", "--folder", folder, instance=instance)

    line = "modules/dang-viet/quiz.md:3:10: lỗi: “minutes”: “0” phải là số nguyên từ 1 đến 300. Sửa lại con số."
    line += " | minutes: 0\n"
    assert (all_of_them.exit_code, all_of_them.stdout, all_of_them.stderr) == (1, "", line)
    assert (unsound.exit_code, unsound.stdout, unsound.stderr) == (1, "", line)
    assert (sound.exit_code, sound.stdout) == (0, "mau: phiên bản 1 (phiên bản mới)\n")


def test_publish_names_what_it_does_not_know(instance, tmp_path):
    folder = a_folder(tmp_path / "content")

    unknown = lms("content", "publish", "mau", "khong-co", "--folder", folder, instance=instance)
    taken = lms("content", "publish", "--folder", folder, instance=instance)
    a_folder(tmp_path / "other", slug="mau-khac")
    conflict = lms("content", "publish", "--folder", tmp_path / "other", instance=instance)
    empty = lms("content", "publish", "--folder", tmp_path / "instance", instance=instance)

    assert (unknown.exit_code, unknown.stderr) == (1, "Không có chuyên đề: khong-co.\n")
    assert taken.exit_code == 0
    assert (conflict.exit_code, conflict.stderr) == (1, "Mã MAU01 đã thuộc chuyên đề “mau”. Đặt mã khác.\n")
    assert (empty.exit_code, empty.stderr.count("\n")) == (1, 1)


def test_publish_into_a_folder_that_is_no_instance_says_how_to_make_one(tmp_path):
    answer = lms("content", "publish", "--folder", a_folder(tmp_path / "content"), instance=tmp_path / "nowhere")

    assert answer.exit_code == 1
    assert "lms init" in answer.stderr
    assert answer.stderr.count("\n") == 1
