"""What authors do in the browser, as a browser without script does it."""

import json
import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms import clock
from lms.access import Role
from lms.content import checker, exchange, workspace
from lms.content.files import read_folder
from lms.content.models import FileRevision, Module
from lms.db import db as database
from lms.db import transaction
from lms.quizzes.kinds import CHECKS
from lms.units.models import Unit
from tests.factories import NOON, PASSWORD, SAMPLE, a_district, a_unit, with_role
from tests.pages import hidden_fields, send_json, signed_in, submit

LESSON, QUESTIONS = "lessons/01-mot.md", "questions/chung.md"


class Desk:
    """A district with an author, its module `mau` in the workspace, and the author's browser."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            district = a_district()
            self.district = district.id
            self.school = a_unit("Công đoàn Trường Mẫu", under=district).id
            self.neighbour = a_district("Liên đoàn Lao động huyện Bên").id
            workspace.take(read_folder(SAMPLE), ["mau"], at=NOON)
            with transaction() as session:
                session.add(Module(slug="mau", code="MAU01", unit_id=self.district))
        self.author = self.browser(Role.AUTHOR, self.district, name="Lê Thị Soạn")

    def browser(self, role: Role, over: int, *, name: str = "Người Khác") -> FlaskClient:
        with self.app.app_context():
            person = with_role(role, database.session.get_one(Unit, over), name=name, password=PASSWORD)
            assert person.account
        return signed_in(self.app.test_client(), person)

    def give_to(self, unit: int) -> None:
        with self.app.app_context(), transaction() as session:
            session.scalars(select(Module)).one().unit_id = unit

    def texts(self, name: str) -> list[str]:
        """What the file said, the newest first."""
        with self.app.app_context():
            return [workspace.text_of(row) for row in workspace.history(f"modules/mau/{name}")]

    def text(self, name: str) -> str:
        return self.texts(name)[0]

    def number(self, name: str) -> int:
        return len(self.texts(name))

    def check(self, slug: str = "mau") -> checker.Report:
        with self.app.app_context():
            files = workspace.texts(workspace.tree(slug).values())
        return checker.check(files, kinds=CHECKS, on=NOON.date())

    def revisions(self) -> int:
        with self.app.app_context():
            return len(database.session.scalars(select(FileRevision.id)).all())

    def save(self, name: str, text: str, *, based_on: int | None = None, by: FlaskClient | None = None) -> TestResponse:
        number = self.number(name) if based_on is None else based_on
        return submit(by or self.author, f"/authoring/mau/edit/{name}", text=text, based_on=number)


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with clock.stopped_at(NOON):
        yield Desk(app)


def a_picture(kind: str = "PNG") -> bytes:
    data = BytesIO()
    Image.new("RGB", (40, 20), "#98181d").save(data, kind)
    return data.getvalue()


# --- The desk ---------------------------------------------------------------------------------------------------------


def test_the_desk_shows_each_module_with_its_faults_and_finds_it_without_diacritics(desk: Desk) -> None:
    desk.save(LESSON, desk.text(LESSON).replace("minutes: 5", "minutes: nhiều"))

    page = desk.author.get("/authoring/").text

    assert "Chuyên đề mẫu" in page
    assert "1 lỗi" in page
    assert "Chưa xuất bản" in page
    assert "Chuyên đề mẫu" in desk.author.get("/authoring/?q=chuyen+de").text
    assert "Không có chuyên đề nào khớp" in desk.author.get("/authoring/?q=khac").text


def test_a_neighbours_author_neither_sees_nor_touches_the_module(desk: Desk) -> None:
    neighbour = desk.browser(Role.AUTHOR, desk.neighbour)
    before = desk.revisions()

    assert "Chuyên đề mẫu" not in neighbour.get("/authoring/").text
    for address in ("", f"edit/{LESSON}", f"preview/{LESSON}", f"file/{LESSON}", "import", "add-picture"):
        assert neighbour.get(f"/authoring/mau/{address}").status_code == 404, address
    assert desk.save(LESSON, "Khác.", by=neighbour).status_code == 404
    assert desk.revisions() == before


def test_a_content_reviewer_reads_and_tries_but_does_not_save(desk: Desk) -> None:
    reviewer = desk.browser(Role.CONTENT_REVIEWER, desk.district)
    before = desk.revisions()

    assert reviewer.get("/authoring/mau/").status_code == 200
    assert " readonly" in reviewer.get(f"/authoring/mau/edit/{LESSON}").text
    assert desk.save(LESSON, "Khác.", by=reviewer).status_code == 403
    assert submit(reviewer, "/authoring/mau/add", part="lessons", title="Thêm").status_code == 403
    assert desk.revisions() == before


def test_what_all_modules_share_is_changed_only_from_the_top(desk: Desk) -> None:
    desk.give_to(desk.school)
    below = desk.browser(Role.AUTHOR, desk.school)
    shared, own = "/authoring/mau/edit/shared/sources.yaml", f"/authoring/mau/edit/{LESSON}"

    assert below.get(shared).status_code == 200
    assert submit(below, shared, text="A1: {}", based_on=1).status_code == 404
    assert submit(below, own, text=desk.text(LESSON) + "Thêm.", based_on=1).status_code == 302
    assert submit(desk.author, shared, text="A1: {}", based_on=1).status_code == 302


# --- A new module -----------------------------------------------------------------------------------------------------


def test_a_new_module_starts_from_examples_without_errors(desk: Desk) -> None:
    answer = submit(
        desk.author, "/authoring/new", title="Họp tổ: cách làm mới", code="CD12", slug="", unit=desk.district
    )

    assert answer.location == "/authoring/hop-to-cach-lam-moi/"
    report = desk.check("hop-to-cach-lam-moi")
    assert [fault.message for fault in report.faults] == []
    assert report.modules["hop-to-cach-lam-moi"].title == "Họp tổ: cách làm mới"
    assert "0 lỗi" not in desk.author.get(answer.location).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"slug": "mau"}, "Đã có chuyên đề mang tên"),
        ({"code": "MAU01"}, "Mã MAU01 đã thuộc chuyên đề"),
        ({"slug": "../khac"}, "Chỉ dùng chữ thường không dấu"),
        ({"slug": "Mau"}, "Chỉ dùng chữ thường không dấu"),
        ({"code": "cd 1"}, "Dùng 2–12 chữ hoa và số"),
        ({"unit": "999999"}, "Đồng chí chọn một mục trong danh sách."),
    ],
)
def test_a_new_module_that_cannot_be_is_refused_and_what_was_typed_stays(
    desk: Desk, typed: dict[str, str], sentence: str
) -> None:
    before = desk.revisions()
    sound = {"title": "Họp tổ", "code": "CD12", "slug": "hop-to", "unit": desk.district}

    answer = submit(desk.author, "/authoring/new", **{**sound, **typed})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Họp tổ"' in answer.text
    assert desk.revisions() == before


# --- Files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "title", "name"),
    [
        ("lessons", "Bài ba: còn lại", "lessons/03-bai-ba-con-lai.md"),
        ("questions", "Câu khó", "questions/cau-kho.md"),
        ("sources", "", "sources.yaml"),
    ],
)
def test_a_new_file_starts_from_an_example_without_errors(desk: Desk, part: str, title: str, name: str) -> None:
    answer = submit(desk.author, "/authoring/mau/add", part=part, title=title)

    assert answer.location == f"/authoring/mau/edit/{name}"
    assert [fault.message for fault in desk.check().errors] == []
    assert submit(desk.author, "/authoring/mau/add", part=part, title=title).status_code == (
        302 if part == "lessons" else 409
    )


def test_lessons_change_places_and_keep_their_ids(desk: Desk) -> None:
    answer = submit(desk.author, "/authoring/mau/move/lessons/02-hai.md", step="up")

    assert answer.status_code == 302
    assert re.findall(r"/edit/(lessons/[^\"]+)", desk.author.get("/authoring/mau/").text) == [
        "lessons/01-hai.md",
        "lessons/02-mot.md",
    ]
    assert "id: hai" in desk.text("lessons/01-hai.md")
    assert submit(desk.author, "/authoring/mau/move/lessons/01-hai.md", step="up").status_code == 302
    assert "id: hai" in desk.text("lessons/01-hai.md")


def test_a_renamed_file_keeps_its_text_and_its_ids(desk: Desk) -> None:
    text = desk.text(LESSON)

    answer = submit(desk.author, f"/authoring/mau/rename/{LESSON}", stem="Mở đầu")

    assert answer.location == "/authoring/mau/file/lessons/01-mo-dau.md"
    assert desk.text("lessons/01-mo-dau.md") == text
    assert "Tệp đã xóa (1)" in desk.author.get("/authoring/mau/").text


def test_a_name_that_another_file_has_is_refused(desk: Desk) -> None:
    submit(desk.author, "/authoring/mau/add", part="questions", title="Câu khó")

    answer = submit(desk.author, "/authoring/mau/rename/questions/cau-kho.md", stem="CHUNG")

    assert answer.status_code == 409
    assert "Đã có tệp “questions/chung.md”" in answer.text
    assert 'value="CHUNG"' in answer.text


def test_deleting_says_what_depends_on_the_file_and_can_be_taken_back(desk: Desk) -> None:
    before = desk.text("lessons/02-hai.md")
    page = desk.author.get("/authoring/mau/file/lessons/02-hai.md")
    assert "Xóa tệp này thì chuyên đề có thêm 4 điểm phải sửa" in page.text

    fields = hidden_fields(page, "/authoring/mau/delete/lessons/02-hai.md")
    submit(desk.author, "/authoring/mau/delete/lessons/02-hai.md", **fields)
    assert desk.author.get("/authoring/mau/edit/lessons/02-hai.md").status_code == 404
    assert "Tệp đã xóa (1)" in desk.author.get("/authoring/mau/").text

    old = desk.author.get("/authoring/mau/file/lessons/02-hai.md?revision=1")
    restored = hidden_fields(old, "/authoring/mau/restore/lessons/02-hai.md")
    submit(desk.author, "/authoring/mau/restore/lessons/02-hai.md", **restored)
    assert desk.text("lessons/02-hai.md") == before


def test_a_file_that_somebody_changed_meanwhile_is_not_deleted(desk: Desk) -> None:
    desk.save(LESSON, desk.text(LESSON) + "Thêm.")

    answer = submit(desk.author, f"/authoring/mau/delete/{LESSON}", based_on=1)

    assert answer.status_code == 409
    assert "vừa được người khác sửa" in answer.text
    assert desk.text(LESSON).endswith("Thêm.\n")


def test_a_module_whose_files_are_all_gone_is_no_longer_on_the_desk_and_breaks_no_page(desk: Desk) -> None:
    with desk.app.app_context():
        for path, revision in workspace.tree("mau").items():
            workspace.save(path, None, revision.number, by=None, at=NOON)

    assert 'href="/authoring/mau/"' not in desk.author.get("/authoring/").text
    for address in ("", "file/module.md", "import", "edit/module.md", "preview/module.md"):
        assert desk.author.get(f"/authoring/mau/{address}").status_code in (200, 404)
    assert submit(desk.author, "/authoring/mau/restore/module.md", revision=1).status_code == 302
    assert 'href="/authoring/mau/"' in desk.author.get("/authoring/").text


def test_the_introduction_stays(desk: Desk) -> None:
    answer = submit(desk.author, "/authoring/mau/delete/module.md", based_on=1)

    assert answer.status_code == 409
    assert desk.text("module.md")


@pytest.mark.parametrize(
    "name",
    [
        "../sources.yaml",
        "lessons/../../khac/module.md",
        "lessons/%2e%2e/%2e%2e/khac/module.md",
        "lessons%2f..%2f..%2fkhac",
        "shared/../modules/mau/module.md",
        "lessons/01-MOT.md",
        "lessons/01-mo\u0302t.md",
        "settings.toml",
    ],
)
def test_no_name_leads_out_of_the_module(desk: Desk, name: str) -> None:
    before = desk.revisions()

    assert desk.author.get(f"/authoring/mau/edit/{name}").status_code in (404, 308)
    assert submit(desk.author, f"/authoring/mau/edit/{name}", text="a", based_on=0).status_code in (404, 308)
    assert desk.revisions() == before


# --- The editor -------------------------------------------------------------------------------------------------------


def test_saving_keeps_a_revision_and_two_clicks_bring_the_earlier_one_back(desk: Desk) -> None:
    before = desk.text(LESSON)

    answer = desk.save(LESSON, before.replace("Câu có nguồn", "Câu sửa rồi").replace("\n", "\r\n"))

    assert answer.location == f"/authoring/mau/edit/{LESSON}"
    assert desk.text(LESSON) == before.replace("Câu có nguồn", "Câu sửa rồi")
    page = desk.author.get(f"/authoring/mau/file/{LESSON}").text
    assert "Lê Thị Soạn" in page
    old = desk.author.get(f"/authoring/mau/file/{LESSON}?revision=1")
    assert "Câu có nguồn" in old.text
    submit(desk.author, f"/authoring/mau/restore/{LESSON}", revision=1)
    assert desk.text(LESSON) == before
    assert desk.number(LESSON) == 3


def test_checking_shows_faults_with_their_lines_and_saves_nothing(desk: Desk) -> None:
    before = desk.revisions()
    text = desk.text(LESSON).replace("## Việc làm ngay", "#### Việc làm ngay")

    answer = submit(desk.author, f"/authoring/mau/edit/{LESSON}", text=text, based_on=1, do="check")

    assert answer.status_code == 200
    assert 'data-line="8"' in answer.text
    assert "#### Việc làm ngay" in answer.text
    assert desk.revisions() == before


def test_the_script_gets_faults_and_preview_of_an_unsaved_text(desk: Desk) -> None:
    before = desk.revisions()
    text = desk.text(LESSON).replace("(bai:hai)", "(bai:ba)") + "\n**Chữ mới**\n"

    answer = send_json(desk.author, f"/authoring/mau/check/{LESSON}", {"text": text})

    assert [(fault["line"], fault["severity"]) for fault in answer.json["faults"]] == [(10, "error")]
    assert "<strong>Chữ mới</strong>" in answer.json["preview"]
    assert answer.json["others"] == 0
    assert desk.revisions() == before


@pytest.mark.parametrize("body", [None, [], {"text": 1}, {}, "x"])
def test_what_is_no_text_is_refused(desk: Desk, body: object) -> None:
    assert send_json(desk.author, f"/authoring/mau/check/{LESSON}", body).status_code == 400


def test_a_text_that_is_too_large_is_refused_and_stays_on_the_page(desk: Desk) -> None:
    text = "Dài quá. " * 80_000

    saved = desk.save(LESSON, text)
    checked = send_json(desk.author, f"/authoring/mau/check/{LESSON}", {"text": text})

    assert (saved.status_code, checked.status_code) == (409, 409)
    assert "Tệp quá lớn" in saved.text
    assert "Dài quá. Dài quá." in saved.text
    assert checked.json["error"].startswith("Tệp quá lớn")


def test_the_preview_is_the_lesson_as_learners_see_it_even_beside_faults(desk: Desk) -> None:
    desk.save("quiz.md", "hỏng")
    text = desk.text(LESSON).replace("Câu có nguồn", "Câu **mới** có nguồn")

    answer = submit(desk.author, f"/authoring/mau/preview/{LESSON}", text=text)

    assert "<h1>Bài một</h1>" in answer.text
    assert "Câu <strong>mới</strong> có nguồn" in answer.text
    assert "Ủy viên Ban Chấp hành chiếm tối đa 1/3" in answer.text
    assert "Câu <strong>mới</strong>" not in desk.author.get(f"/authoring/mau/preview/{LESSON}").text


def test_only_the_editor_frames_and_only_the_preview_is_framed_by_us(desk: Desk) -> None:
    editor = desk.author.get(f"/authoring/mau/edit/{LESSON}").headers["Content-Security-Policy"]
    preview = desk.author.get(f"/authoring/mau/preview/{LESSON}").headers["Content-Security-Policy"]
    other = desk.author.get("/authoring/mau/").headers["Content-Security-Policy"]

    assert "frame-src 'self'" in editor
    assert "frame-ancestors 'none'" in editor
    assert "frame-ancestors 'self'" in preview
    assert "frame-src" not in preview
    assert "frame-src" not in other
    assert "frame-ancestors 'none'" in other


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](javascript:alert(1))",
        "</textarea><script>alert(1)</script>",
        "{{ 7*7 }}",
    ],
)
def test_hostile_markdown_stays_text(desk: Desk, hostile: str) -> None:
    text = f"{desk.text(LESSON)}\n{hostile}\n"

    preview = submit(desk.author, f"/authoring/mau/preview/{LESSON}", text=text)
    editor = submit(desk.author, f"/authoring/mau/edit/{LESSON}", text=text, based_on=1, do="check")

    assert preview.status_code == editor.status_code == 200
    for page in (preview.text, editor.text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page
    assert "49" not in preview.text


def test_the_second_of_two_authors_sees_both_texts_whole_and_saves_on_top(desk: Desk) -> None:
    second = desk.browser(Role.AUTHOR, desk.district, name="Phạm Văn Hai")
    text = desk.text(LESSON)
    first_text, second_text = text + "\nCâu của người thứ nhất.\n", text + "\nCâu của người thứ hai.\n"
    desk.save(LESSON, first_text, based_on=1)

    answer = desk.save(LESSON, second_text, based_on=1, by=second)

    assert answer.status_code == 409
    assert "Lê Thị Soạn" in answer.text
    assert "<del>Câu của người thứ nhất.</del>" in answer.text
    assert "<ins>Câu của người thứ hai.</ins>" in answer.text
    assert desk.text(LESSON) == first_text
    fields = hidden_fields(answer, f"/authoring/mau/edit/{LESSON}")
    merged = first_text + "Câu của người thứ hai.\n"
    assert desk.save(LESSON, merged, based_on=int(fields["based_on"]), by=second).status_code == 302
    assert desk.text(LESSON) == merged
    assert desk.texts(LESSON) == [merged, first_text, text]


def test_an_expired_session_does_not_lose_the_text(desk: Desk) -> None:
    token = desk.author.get("/help")
    client = desk.app.test_client()

    answer = client.post(
        f"/authoring/mau/edit/{LESSON}",
        data={"text": "Bài viết dở dang.", "based_on": 1},
        headers={"Origin": "http://localhost"},
    )

    assert token.status_code == 200
    assert answer.status_code == 401
    assert "Bài viết dở dang." in answer.text


def test_a_question_can_be_added_from_the_page_and_is_without_faults(desk: Desk) -> None:
    page = desk.author.get(f"/authoring/mau/edit/{QUESTIONS}?add=single_choice")
    text = page.text.partition('name="text"')[2].partition(">")[2].partition("</textarea>")[0]

    answer = desk.save(QUESTIONS, unescape(text))

    assert answer.status_code == 302
    assert "## mau01-05" in desk.text(QUESTIONS)
    assert desk.check().errors == []


def test_a_question_is_answered_in_the_preview_and_nothing_is_stored(desk: Desk) -> None:
    text, before = desk.text(QUESTIONS), desk.revisions()
    address = f"/authoring/mau/preview/{QUESTIONS}"

    shown = submit(desk.author, address, text=text)
    right = submit(desk.author, address, text=text, mark="mau-01", **{"answer-mau-01": "b"})
    wrong = submit(desk.author, address, text=text, mark="mau-01", **{"answer-mau-01": "a"})
    half = submit(desk.author, address, text=text, mark="mau-02", **{"answer-mau-02": "a"})
    strange = submit(desk.author, address, text=text, mark="mau-01", **{"answer-mau-01": "zz"})

    assert (
        "Đúng, đó là mức tối đa." not in shown.text.partition("<form")[2].replace(text, "").partition("</textarea>")[2]
    )
    assert "Đúng, đó là mức tối đa." in right.text.partition("</textarea>")[2]
    assert 'state-done">Đúng<' in right.text
    assert 'state-bad">Chưa đúng<' in wrong.text
    assert "Đúng một phần: 0,50 điểm" in half.text
    assert strange.status_code == 200
    assert desk.revisions() == before


def test_a_faulty_question_does_not_hide_the_others(desk: Desk) -> None:
    text = desk.text(QUESTIONS).replace("- [x] b) Một phần ba", "- [ ] b) Một phần ba")

    answer = submit(desk.author, f"/authoring/mau/preview/{QUESTIONS}", text=text)

    assert "Câu “mau-01” (dòng 1) còn lỗi nên chưa hiện được." in answer.text
    assert "Chọn các số nhỏ hơn năm." in answer.text.partition("</textarea>")[2]


@pytest.mark.parametrize("name", ["module.md", "quiz.md", "reflection.md", "shared/sources.yaml", LESSON, QUESTIONS])
@pytest.mark.parametrize("text", ["", "---\n", "---\nid: [[[[\n---\n", "x: y: z", "# " * 3000, "- - - -\n" * 500])
def test_no_text_breaks_editor_or_preview(desk: Desk, name: str, text: str) -> None:
    assert submit(desk.author, f"/authoring/mau/preview/{name}", text=text).status_code == 200
    assert send_json(desk.author, f"/authoring/mau/check/{name}", {"text": text + "\ud800\x00"}).status_code == 200
    assert submit(desk.author, f"/authoring/mau/edit/{name}", text=text, based_on=1, do="check").status_code == 200


# --- Pictures ---------------------------------------------------------------------------------------------------------


def upload(desk: Desk, data: bytes, *, name: str = "So do.png", alternative: str = "Sơ đồ ba cấp") -> TestResponse:
    answer = submit(desk.author, "/authoring/mau/add-picture", picture=(BytesIO(data), name), alternative=alternative)
    answer.request.environ["wsgi.input"].close()  # the test client keeps a large body in a temporary file
    return answer


def test_a_picture_gets_its_line_and_shows_in_the_preview(desk: Desk) -> None:
    answer = upload(desk, a_picture())

    assert answer.status_code == 200
    assert "![Sơ đồ ba cấp](" in answer.text
    shown = desk.author.get("/authoring/mau/pictures/so-do.png")
    assert (shown.status_code, shown.content_type) == (200, "image/png")
    line = re.search(r"!\[Sơ đồ ba cấp\]\([^)]+\)", answer.text)
    assert line
    text = f"{desk.text(LESSON)}\n{line[0]}\n"
    preview = submit(desk.author, f"/authoring/mau/preview/{LESSON}", text=text)
    assert 'src="/authoring/mau/pictures/so-do.png"' in preview.text
    assert send_json(desk.author, f"/authoring/mau/check/{LESSON}", {"text": text}).json["faults"] == []


@pytest.mark.parametrize(
    ("data", "name", "alternative", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg", "Sơ đồ", "không phải ảnh"),
        (b"<script>alert(1)</script>", "a.png", "Sơ đồ", "không phải ảnh"),
        (b"", "a.png", "Sơ đồ", "không phải ảnh"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 6_000_000, "a.png", "Sơ đồ", "Ảnh lớn hơn 5 MB"),
        (None, "a.png", "", "viết lời mô tả ảnh"),
        (None, "a.png", "   ", "viết lời mô tả ảnh"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(
    desk: Desk, data: bytes | None, name: str, alternative: str, sentence: str
) -> None:
    before = desk.revisions()

    answer = upload(desk, a_picture() if data is None else data, name=name, alternative=alternative)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert not alternative or alternative in answer.text
    assert desk.revisions() == before


def test_a_file_of_50_mb_is_refused_with_a_sentence(desk: Desk) -> None:
    answer = upload(desk, b"0" * 50_000_000)

    assert answer.status_code == 413
    assert "Tệp lớn hơn mức cho phép" in answer.text


# --- Import -----------------------------------------------------------------------------------------------------------

WORDS = """Câu 1: Ai bầu Ủy ban Kiểm tra?
A. Đoàn viên
*B. Ban Chấp hành
C. Công đoàn cấp trên

Câu 2: Câu này không có đáp án?
A. Một
B. Hai
"""


def test_questions_are_read_reported_and_written_after_consent(desk: Desk) -> None:
    before = desk.revisions()
    report = submit(
        desk.author,
        "/authoring/mau/import",
        file=(BytesIO(WORDS.encode()), "Đề cũ.txt"),
        lesson="mot",
        source="A1",
    )
    assert report.status_code == 200
    assert "1 câu chuyển được, 1 câu phải để lại" in report.text
    assert "Không biết phương án nào đúng." in report.text
    assert desk.revisions() == before

    markdown = unescape(report.text.partition('name="markdown"')[2].partition(">")[2].partition("</textarea>")[0])
    answer = submit(desk.author, "/authoring/mau/import/write", stem="de-cu", markdown=markdown)

    assert answer.location == "/authoring/mau/edit/questions/de-cu.md"
    assert "Ai bầu Ủy ban Kiểm tra?" in desk.text("questions/de-cu.md")
    again = submit(desk.author, "/authoring/mau/import/write", stem="de-cu", markdown=markdown)
    assert again.status_code == 422
    assert "Đã có tệp “questions/de-cu.md”" in again.text
    assert "Ai bầu Ủy ban Kiểm tra?" in again.text


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"PK\x03\x04abc", b"%PDF-1.7"])
def test_a_file_without_questions_is_reported(desk: Desk, data: bytes) -> None:
    answer = submit(desk.author, "/authoring/mau/import", file=(BytesIO(data), "de.txt"), lesson="mot", source="")

    assert answer.status_code == 200
    assert "0 câu chuyển được" in answer.text


def test_the_sheet_to_write_over_is_on_the_page_and_reads_without_a_fault(desk: Desk) -> None:
    assert 'href="/authoring/mau/import/mau.xlsx"' in desk.author.get("/authoring/mau/import").text
    sheet = desk.author.get("/authoring/mau/import/mau.xlsx").data

    found = exchange.read("mau.xlsx", sheet, kinds=CHECKS, lesson="mot", sources=["A1"], taken=())

    assert (len(found.items), found.refused) == (len(CHECKS), 0)


def test_questions_go_out_with_a_report_and_come_back(desk: Desk) -> None:
    gap = "kind: gap_text\nlesson: mot\nsources: A1\n\nỞ …(1)….\n\n- [x] a) (1) đó\n    > Đúng.\n"
    desk.save(QUESTIONS, f"{desk.text(QUESTIONS)}\n## trong\n{gap}\n## hong\n")

    page = desk.author.get("/authoring/mau/export").text
    assert "Cả câu: dạng này không có loại “Điền chỗ trống”." in page

    wanted = {question.id for question in desk.check().previews["mau"].questions}
    for form, left in (("moodle-xml", set()), ("gift", {"trong"}), ("sheet", set())):
        answer = desk.author.get(f"/authoring/mau/export/{form}")
        found = exchange.read("a.xlsx", answer.data, kinds=CHECKS, lesson="", sources=[], taken=())
        assert "attachment" in answer.headers["Content-Disposition"]
        assert ({item.id for item in found.items}, found.refused) == (wanted - left, 0)
    assert desk.author.get("/authoring/mau/export/khac").status_code == 404


def test_the_json_of_the_check_is_plain_data(desk: Desk) -> None:
    answer = send_json(desk.author, f"/authoring/mau/check/{QUESTIONS}", {"text": "## a\n"})

    assert {"line", "severity", "name", "message", "cure", "excerpt"} == set(json.loads(answer.text)["faults"][0])
