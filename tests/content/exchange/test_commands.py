"""`lms content questions …`: the report on the command line, and files that are written whole or not at all."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lms.cli import main
from lms.content import checker
from lms.content.exchange import commands
from lms.content.files import read_folder
from lms.quizzes.kinds import CHECKS
from tests.content.test_checker import TODAY, a_folder

GOOD = "Ai?{=a#Đúng. ~b#Chưa.}\n"
BAD = "Ai?{=a ~b\n"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return a_folder(tmp_path / "content")


def lms(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["content", "questions", *map(str, arguments)])


def a_file(content: Path, text: str, name: str = "Đề số 1.gift") -> Path:
    path = content.parent / name
    path.write_text(text, "utf-8")
    return path


def bring(content: Path, text: str, *options: str, name: str = "Đề số 1.gift") -> Result:
    given = ["--module", "mau", "--folder", content, "--lesson", "mot", "--source", "A1", *options]
    return lms("import", a_file(content, text, name), *given)


def written(content: Path) -> dict[str, str]:
    folder = content / "modules" / "mau" / "questions"
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_good_questions_are_written_and_pass_the_check(content):
    before = len(check(content).modules["mau"].questions)

    answer = bring(content, GOOD)

    assert (answer.exit_code, answer.stderr) == (0, "")
    assert answer.stdout.splitlines()[0] == "1 câu chuyển được, 0 câu cần sửa."
    assert written(content)["de-so-1.md"].startswith("## ai\nkind: single_choice\nlesson: mot\nsources: A1\n\nAi?\n")
    assert len(check(content).modules["mau"].questions) == before + 1


def check(content: Path) -> checker.Report:
    return checker.check(read_folder(content), kinds=CHECKS, on=TODAY)


def test_without_lesson_and_source_the_checker_shows_where_to_write_them(content):
    answer = lms("import", a_file(content, GOOD), "--module", "mau", "--folder", content)

    assert answer.exit_code == 0
    assert [line.partition(": ")[2].partition(".")[0] for line in answer.stderr.splitlines()] == [
        "gợi ý: 1 câu chưa ghi bài cần đọc lại",
        "gợi ý: 1 câu chưa ghi nguồn",
    ]
    assert [(fault.line, fault.code) for fault in check(content).errors] == [
        (3, "unknown-lesson"),
        (4, "unknown-source"),
    ]


def test_one_bad_question_keeps_all_out_until_the_good_ones_are_asked_for(content):
    before = written(content)

    answer = bring(content, f"{GOOD}\n{BAD}")

    assert (answer.exit_code, written(content)) == (1, before)
    assert answer.stderr.startswith("Đề số 1.gift:3: lỗi: Cặp ngoặc { } không khớp. Mỗi câu có một cặp")
    assert answer.stdout.splitlines() == [
        "1 câu chuyển được, 1 câu cần sửa.",
        "Chưa ghi gì; thêm --partial để ghi các câu tốt.",
    ]

    assert bring(content, f"{GOOD}\n{BAD}", "--partial").exit_code == 0
    assert "de-so-1.md" in written(content)


def test_nothing_to_write_is_never_a_success(content):
    assert bring(content, BAD, "--partial").exit_code == 1
    assert bring(content, "", name="rong.txt").exit_code == 1


def test_a_dry_run_reports_and_writes_nothing(content):
    before = written(content)

    answer = bring(content, GOOD, "--dry-run")

    assert (answer.exit_code, written(content)) == (0, before)


def test_a_file_that_is_there_is_only_added_to_when_asked(content):
    bring(content, GOOD)

    refused = bring(content, GOOD)
    assert (refused.exit_code, refused.stderr.count("đã có")) == (1, 1)

    assert bring(content, GOOD, "--append").exit_code == 0
    text = written(content)["de-so-1.md"]
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## ai", "## ai-2"]
    assert check(content).errors == []


@pytest.mark.parametrize("name", ["../x.md", "/tmp/x.md", "Tên.md", "a.txt", "a/b.md", "..md"])
def test_a_name_cannot_lead_out_of_the_folder(content, name):
    answer = bring(content, GOOD, "--into", name)

    assert (answer.exit_code, "chưa đúng" in answer.stderr) == (1, True)


@pytest.mark.parametrize("module", ["khong-co", "..", "../mau", "MAU"])
def test_an_unknown_module_is_refused(content, module):
    answer = lms("import", a_file(content, GOOD), "--module", module, "--folder", content)

    assert (answer.exit_code, "Không có chuyên đề" in answer.stderr) == (1, True)


def test_more_than_a_question_file_may_hold_is_refused_before_anything_is_written(content):
    before = written(content)

    answer = bring(content, "".join(f"Ai bầu lần {n} {'x' * 900}?{{=a ~b}}\n\n" for n in range(600)))

    assert (answer.exit_code, written(content)) == (1, before)
    assert "chưa ghi gì" in answer.stderr


def test_a_write_that_fails_leaves_nothing_behind(content, monkeypatch):
    before = written(content)
    monkeypatch.setattr(commands.Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("đĩa đầy")))

    answer = bring(content, GOOD)

    assert (isinstance(answer.exception, OSError), written(content)) == (True, before)


@pytest.mark.parametrize("form", ["gift", "moodle-xml"])
def test_what_is_exported_is_imported_again(content, form):
    file = content.parent / "ra.txt"

    out = lms("export", file, "--module", "mau", "--folder", content, "--format", form)
    back = lms("import", file, "--module", "mau", "--folder", content, "--into", "lai.md")

    count = len(check(content).modules["mau"].questions) // 2
    assert (out.exit_code, out.stdout) == (0, f"Đã xuất {count} câu vào {file}.\n")
    assert (back.exit_code, back.stderr, check(content).errors) == (0, "", [])


def test_what_an_export_loses_is_told_for_each_question(content):
    kinds = """## so
kind: numeric
lesson: mot
sources: A1

Mấy?

- [x] a) 2 người
    > Đúng.
"""
    (content / "modules" / "mau" / "questions" / "so.md").write_text(kinds, "utf-8")

    answers = [
        lms("export", content.parent / f"ra.{form}", "--module", "mau", "--folder", content, "--format", form)
        for form in ("gift", "moodle-xml", "sheet")
    ]

    lost = "so: cảnh báo: Không mang theo: đơn vị “người” (còn trong thẻ; Moodle chỉ nhận con số).\n"
    assert [(answer.exit_code, answer.stderr) for answer in answers] == [(0, lost), (0, ""), (0, "")]


def test_a_module_with_faults_is_not_exported(content):
    (content / "modules" / "mau" / "questions" / "hong.md").write_text("## a\n", "utf-8")

    answer = lms("export", content.parent / "ra.xml", "--module", "mau", "--folder", content)

    assert (answer.exit_code, (content.parent / "ra.xml").exists()) == (1, False)


def test_files_that_are_there_are_not_written_over(content):
    file = a_file(content, "của tôi", "mau.xlsx")

    answers = [lms("sheet", file), lms("export", file, "--module", "mau", "--folder", content)]

    assert ([answer.exit_code for answer in answers], file.read_text("utf-8")) == ([1, 1], "của tôi")


def test_the_example_sheet_can_be_filled_and_imported(content):
    file = content.parent / "mau.xlsx"

    assert lms("sheet", file).exit_code == 0
    answer = lms("import", file, "--module", "mau", "--folder", content, "--dry-run")

    assert (answer.exit_code, answer.stdout.splitlines()[0]) == (0, "9 câu chuyển được, 0 câu cần sửa.")
