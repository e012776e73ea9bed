"""The organiser's pages, from a new drive to attendance."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.drives import queries
from lms.drives.models import Drive
from lms.drives.rules import Presence
from lms.units.models import Unit
from lms.vietnamese import fold
from tests.factories import NOON, PASSWORD, a_district, a_drive, a_person, a_unit, a_version, summoned, with_role
from tests.pages import signed_in, submit

PLAN = {
    "code": "lop-2026",
    "title": "Lớp bồi dưỡng cán bộ công đoàn",
    "kind": "class",
    "partners": "Trung tâm Chính trị huyện",
    "opens_on": "2026-11-01",
    "due_on": "2026-11-20",
    "closes_on": "2026-11-30",
    "needs_lessons": "y",
    "needs_sessions": "1",
    "least_rating": "average",
    "excellent": "8",
    "good": "6.5",
    "average": "5",
}


DOCUMENT = {"type": "KH", "number": "82/KH-LĐLĐ", "issued_on": "2026-09-05", "issuer": "LĐLĐ huyện Mẫu", "about": ""}
SESSION = {"title": "Khai mạc", "starts_at": "2026-11-10T07:30", "ends_at": "2026-11-10T11:00", "place": "Hội trường"}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@pytest.fixture
def district(app: Flask) -> Unit:
    with app.app_context():
        return a_district()


@pytest.fixture
def organiser(app: Flask, client: FlaskClient, district: Unit) -> FlaskClient:
    """The browser of the district's organiser."""
    with app.app_context():
        person = with_role(Role.ORGANISER, district, password=PASSWORD)
    return signed_in(client, person)


@pytest.fixture
def typed(app: Flask, district: Unit) -> dict[str, object]:
    """What an organiser types to make a drive of the sample module."""
    with app.app_context():
        version = a_version().id
    return {**PLAN, "unit": district.id, "reflection": version, f"order-{version}": "1"}


@pytest.fixture
def drive(organiser: FlaskClient, typed: dict[str, object]) -> str:
    """The address of a drive that was made through the form."""
    answer = submit(organiser, "/drives/new", **typed)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def a_neighbour() -> Unit:
    return a_district("Liên đoàn Lao động huyện Bên")


def the_drive() -> Drive:
    return database.session.scalars(select(Drive).where(Drive.code == "lop-2026")).one()


def errors_on(text: str) -> list[str]:
    """What the summary at the top of a form says."""
    summary = re.search(r'role="alert".*?</div>', text, re.DOTALL)
    return re.findall(r"<li>(?:<a[^>]*>)?([^<]+)<", summary[0]) if summary else []


def test_from_a_new_drive_to_its_attendance(app, organiser, district, typed):
    with app.app_context():
        school = a_unit("Công đoàn Trường Hoa Sen", under=district)
        lan, huong = a_person("Lê Thị Lan", of=school), a_person("Vũ Thị Hương", of=school)

    answer = submit(organiser, "/drives/new", **typed)
    assert (answer.status_code, answer.location) == (302, "/drives/lop-2026")
    page = organiser.get("/drives/lop-2026").text
    assert "Lớp bồi dưỡng cán bộ công đoàn" in page
    assert "01/11/2026 – 30/11/2026" in page

    answer = submit(organiser, "/drives/lop-2026/plan", **{**typed, "title": "Lớp khác tên", "closes_on": "2026-12-15"})
    assert (answer.status_code, answer.location) == (302, "/drives/lop-2026")
    page = organiser.get("/drives/lop-2026").text
    assert "<h1>Lớp khác tên</h1>" in page
    assert "01/11/2026 – 15/12/2026" in page

    assert submit(organiser, "/drives/lop-2026/documents", **DOCUMENT).status_code == 302
    assert "Kế hoạch 82/KH-LĐLĐ (05/09/2026), LĐLĐ huyện Mẫu" in organiser.get("/drives/lop-2026").text

    assert submit(organiser, "/drives/lop-2026/sessions", **SESSION).status_code == 302
    page = organiser.get("/drives/lop-2026").text
    assert "10/11/2026 07:30–11:00" in page
    attendance = re.search(r"/drives/lop-2026/sessions/\d+", page)[0]

    calling = {"codes": f" {lan.code} \n\n", "unit_code": school.code, "reason": "Kế hoạch số 82/KH-LĐLĐ"}
    answer = submit(organiser, "/drives/lop-2026/summons", **calling)
    assert (answer.status_code, answer.location) == (302, "/drives/lop-2026/summons")
    page = organiser.get("/drives/lop-2026/summons").text
    assert "Đã triệu tập thêm 2 người." in page
    assert page.index("Vũ Thị Hương") < page.index("Lê Thị Lan")

    names = re.findall(r'name="(presence-\d+)"', organiser.get(attendance).text)
    answer = submit(organiser, attendance, **dict(zip(names, ("absent", "present"), strict=True)))
    assert (answer.status_code, answer.location) == (302, attendance)
    page = organiser.get(attendance).text
    assert "Đã lưu điểm danh: 2 thay đổi." in page
    assert re.findall(r'value="(\w+)" selected', page) == ["absent", "present"]

    gone = names[0].removeprefix("presence-")
    assert submit(organiser, f"/drives/lop-2026/summons/{gone}/withdraw", reason="Nghỉ ốm").status_code == 302
    page = organiser.get("/drives/lop-2026/summons").text
    assert (lan.full_name in page, huong.full_name in page) == (True, False)


def test_the_plan_stands_in_the_form_as_it_was_typed(organiser, typed, drive):
    page = organiser.get(f"{drive}/plan").text

    for name in ("code", "title", "partners", "opens_on", "due_on", "closes_on", "needs_sessions"):
        assert re.search(rf'<input [^>]*name="{name}"[^>]* value="([^"]*)"', page)[1] == PLAN[name]
    chosen = re.findall(r'<option selected value="([^"]*)"', page)
    assert chosen == ["class", str(typed["unit"]), str(typed["reflection"]), "average"]
    assert re.findall(r'<input checked id="(\w+)"', page) == ["needs_lessons"]
    assert re.search(r'name="order-\d+"[^>]* value="(\d*)"', page)[1] == "1"


WRONG = {
    "an empty form": (dict.fromkeys(PLAN, ""), "Đồng chí điền mục này."),
    "a code with capitals": ({"code": "Lớp 2026"}, "Mã chỉ gồm chữ thường không dấu, số và gạch nối."),
    "no module": ({"order": ""}, "Đợt học tập cần ít nhất một chuyên đề."),
    "an order that is no number": ({"order": "một"}, "Thứ tự “một” phải là số."),
    "an order of 5.000 digits": ({"order": "9" * 5000}, "Thứ tự"),
    "a deadline before the beginning": ({"due_on": "2026-10-01"}, "Ngày mở phải trước hạn nộp thu hoạch"),
    "thresholds that rise": ({"good": "9"}, "Điểm xếp loại phải giảm dần"),
    "a threshold above ten": ({"excellent": "11"}, "Điểm từ 0 đến 10."),
    "a number in words": ({"needs_sessions": "một"}, ""),
    "a mark in words": ({"good": "khá"}, ""),
    "a day that does not exist": ({"opens_on": "2026-02-30"}, ""),
    "a year with a figure too few": ({"opens_on": "0206-11-01"}, "Năm phải từ 1900 đến 2100."),
    "the first day of all": ({"opens_on": "0001-01-01"}, "Năm phải từ 1900 đến 2100."),
    "a kind that does not exist": ({"kind": "party"}, ""),
    "a title that is too long": ({"title": "a" * 401}, ""),
    "another's unit": ({"unit": "999"}, ""),
}


def test_what_is_typed_wrong_is_said_in_vietnamese_and_nothing_is_made(app, organiser, typed):
    order = next(name for name in typed if name.startswith("order-"))
    for what, (wrong, sentence) in WRONG.items():
        changes = {order if name == "order" else name: value for name, value in wrong.items()}

        answer = submit(organiser, "/drives/new", **{**typed, **changes})

        errors = errors_on(answer.text)
        assert answer.status_code == 422, what
        assert any(error.startswith(sentence) for error in errors), (what, errors)
        assert all(is_vietnamese(error) for error in errors), (what, errors)
    with app.app_context():
        assert database.session.scalars(select(Drive)).all() == []


def test_letters_that_no_database_can_hold_are_left_out(app, organiser, typed):
    """NUL comes with what is pasted; the title also goes into the audit trail, as JSON."""
    answer = submit(organiser, "/drives/new", **{**typed, "title": "Lớp\x00 \\u0000 một"})

    with app.app_context():
        entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "create_drive")).one()
        assert (answer.status_code, the_drive().title) == (302, r"Lớp \u0000 một")
    assert entry.after == {"code": "lop-2026", "title": r"Lớp \u0000 một"}


def is_vietnamese(text: str) -> bool:
    return fold(text) != text.lower()


def test_documents_and_sessions_that_are_typed_wrong_say_why_and_keep_what_was_typed(app, organiser, drive):
    document = submit(organiser, f"{drive}/documents", **{**DOCUMENT, "type": "QĐ"})
    backwards = submit(organiser, f"{drive}/sessions", **{**SESSION, "ends_at": "2026-11-10T07:00"})
    in_words = submit(organiser, f"{drive}/sessions", **{**SESSION, "ends_at": "chiều"})

    assert [answer.status_code for answer in (document, backwards, in_words)] == [422, 422, 422]
    assert errors_on(document.text) == ["Số văn bản “82/KH-LĐLĐ” không khớp với loại “Quyết định”."]
    assert 'value="82/KH-LĐLĐ"' in document.text
    assert errors_on(backwards.text) == ["Giờ kết thúc phải sau giờ bắt đầu."]
    assert list(map(is_vietnamese, errors_on(in_words.text))) == [True]
    with app.app_context():
        assert (the_drive().documents, the_drive().sessions) == ([], [])


def test_only_people_and_units_within_reach_can_be_called(app, organiser, district, drive):
    with app.app_context():
        neighbour = a_neighbour()
        stranger, ours = a_person("Người Bên Kia", of=neighbour), a_person("Người Ở Đây", of=district)

    def call(**typed: str) -> tuple[int, list[str]]:
        answer = submit(organiser, f"{drive}/summons", **{"reason": "Kế hoạch", **typed})
        return answer.status_code, errors_on(answer.text)

    unknown = f"Không tìm thấy trong phạm vi của đồng chí: {stranger.code}. Sửa hoặc bỏ các mã này."
    assert call(codes=f"{ours.code}\n{stranger.code}") == (422, [unknown])
    assert call(unit_code=neighbour.code) == (422, ["Không có đơn vị này trong phạm vi của đồng chí."])
    assert call(unit_code="khong-co") == (422, ["Không có đơn vị này trong phạm vi của đồng chí."])
    assert call() == (422, ["Đồng chí nhập mã cán bộ, hoặc mã đơn vị có người giữ chức vụ."])
    assert call(codes=ours.code, reason="") == (422, ["Đồng chí điền mục này."])
    assert "Chưa triệu tập ai." in organiser.get(f"{drive}/summons").text
    assert call(codes=ours.code) == (302, [])
    page = organiser.get(f"{drive}/summons").text
    assert ("Người Ở Đây" in page, "Người Bên Kia" in page) == (True, False)


def test_another_units_drive_is_not_found_on_any_page(app, organiser):
    with app.app_context():
        neighbour = a_neighbour()
        theirs = a_drive(neighbour)
        row = summoned(a_person("Người Bên Kia", of=neighbour), theirs).id

    assert theirs.title not in organiser.get("/drives/").text
    for page in ("", "/plan", "/summons", "/sessions/1"):
        assert organiser.get(f"/drives/dot-mau{page}").status_code == 404, page
    for page in ("/plan", "/documents", "/sessions", "/summons", f"/summons/{row}/withdraw", "/sessions/1"):
        assert submit(organiser, f"/drives/dot-mau{page}", reason="Kế hoạch").status_code == 404, page


def test_a_summons_of_another_drive_is_not_withdrawn_through_this_one(app, organiser, district, drive):
    with app.app_context():
        other = summoned(a_person(of=district), a_drive(district, code="dot-khac")).id

    assert submit(organiser, f"{drive}/summons/{other}/withdraw", reason="Nghỉ ốm").status_code == 404
    assert submit(organiser, f"/drives/dot-khac/summons/{other}/withdraw", reason=" ").status_code == 409
    assert submit(organiser, f"/drives/dot-khac/summons/{other}/withdraw", reason="Nghỉ ốm").status_code == 302


def test_attendance_takes_only_words_it_knows(app, organiser, district, drive):
    submit(organiser, f"{drive}/sessions", **SESSION)
    with app.app_context():
        row, session = summoned(a_person(of=district), the_drive()).id, the_drive().sessions[0].id

    def noted(**typed: str) -> list[Presence]:
        assert submit(organiser, f"{drive}/sessions/{session}", **typed).status_code == 302
        with app.app_context():
            return [note.presence for note in queries.attendances(session).values()]

    assert noted(**{f"presence-{row}": "late", "presence-²": "absent", "presence-x": "absent"}) == []
    assert noted(**{f"presence-{row}": "made_up"}) == [Presence.MADE_UP]
    assert noted(**{f"presence-{row}": ""}) == []
    assert organiser.get(f"{drive}/sessions/999").status_code == 404


def test_the_list_of_drives_says_how_many_are_called_and_whether_it_is_open(app, organiser, district, typed):
    assert "Chưa có đợt học tập nào." in organiser.get("/drives/").text
    submit(organiser, "/drives/new", **typed)
    submit(organiser, "/drives/new", **{**typed, "code": "lop-sau", "opens_on": "2026-11-11"})
    with app.app_context():
        summoned(a_person(of=district), the_drive())

    page = organiser.get("/drives/").text

    assert re.findall(r'class="num"[^>]*>(\d+)<', page) == ["0", "1"]
    assert re.findall(r'class="state state-\w+">([^<]+)<', page) == ["Chưa mở", "Đang mở"]


def test_scores_are_shown_and_read_with_a_comma(app, organiser, drive, typed):
    page = organiser.get(f"{drive}/plan").text
    assert re.findall(r'name="(?:excellent|good)"[^>]*value="([^"]+)"', page) == ["8", "6,5"]

    answer = submit(organiser, f"{drive}/plan", **{**typed, "good": "7,25"})

    assert answer.status_code == 302
    with app.app_context():
        assert the_drive().good == 7.25
    assert "bảy" in submit(organiser, f"{drive}/plan", **{**typed, "good": "bảy"}).text
