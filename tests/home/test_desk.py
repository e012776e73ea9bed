"""The learner's desk: one next step, and what is still missing in words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms import clock
from lms.access import Role
from lms.drives import queries as drives
from lms.drives import services as drive_services
from lms.drives.rules import Presence
from lms.people.models import Person
from lms.quizzes import queries as quiz_queries
from lms.quizzes import services as quizzes
from lms.reflections import services as reflections
from tests.factories import (
    NOON,
    PASSWORD,
    TEXTS,
    a_district,
    a_drive,
    a_handed_in_reflection,
    a_learner,
    a_person,
    a_place,
    a_plan,
    a_unit,
    a_version,
    an_organiser,
    read,
    summoned,
    viewer,
    with_role,
)
from tests.pages import signed_in

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@pytest.fixture
def learner(app: Flask, client: FlaskClient) -> Person:
    """Somebody called to the drive `dot-mau`, signed in."""
    with app.app_context():
        district = a_district()
        person = a_learner(a_drive(district), a_unit(under=district), password=PASSWORD)
    signed_in(client, person)
    return person


def next_step_on(page: str) -> tuple[str, str]:
    """The link of the next step, and where it leads."""
    section = page[page.index('<section class="next"') : page.index("</section>")]
    found = re.search(r'<a class="button[^"]*" href="([^"]+)">([^<]+)</a>', section)
    return (found[2], found[1]) if found else (re.sub(r"<[^>]+>|\s+", " ", section).strip(), "")


def missing_on(page: str) -> list[str]:
    found = re.search(r"<h2>Còn thiếu</h2>\s*<ul>(.*?)</ul>", page, re.DOTALL)
    return re.findall("<li>([^<]+)</li>", found[1]) if found else []


def state_on(page: str) -> str:
    return re.search(r'<p class="lead">\s*<span class="state state-\w+">([^<]+)<', page)[1]


def read_everything(person: Person, drive) -> None:
    place = a_place(person, drive)
    for key in ("mot", "hai"):
        read(place, key)


def pass_the_quiz(person: Person, drive) -> None:
    attempt = quizzes.start_attempt(a_place(person, drive), at=NOON)
    right = {
        question.id: [option.id for option in question.options if option.is_right]
        for question in quiz_queries.questions_of(attempt)
    }
    assert quizzes.hand_in(viewer(person), attempt.id, right, 1, at=NOON).passed


def fail_the_quiz(person: Person, drive) -> None:
    attempt = quizzes.start_attempt(a_place(person, drive), at=NOON)
    assert not quizzes.hand_in(viewer(person), attempt.id, {}, 1, at=NOON).passed


def the_drive(person: Person):
    return drives.summons_for(viewer(person), "dot-mau").drive


def test_from_the_first_lesson_to_the_receipt(app, client, learner):
    """At every turn the desk shows one next step, and says in words what is still missing."""
    page = client.get("/").text
    assert next_step_on(page) == ("Bắt đầu đọc", "/lessons/dot-mau/mau/mot")
    assert (state_on(page), missing_on(page)) == (
        "Đang học",
        ["Còn 2 bài học chưa đọc.", "Còn 1 bài kiểm tra chưa đạt.", "Chưa viết bài thu hoạch."],
    )

    with app.app_context():
        place = a_place(learner, the_drive(learner))
        read(place, "mot")
    page = client.get("/").text
    assert next_step_on(page) == ("Đọc tiếp", "/lessons/dot-mau/mau/hai")
    assert missing_on(page)[0] == "Còn 1 bài học chưa đọc."

    with app.app_context():
        read_everything(learner, the_drive(learner))
    assert next_step_on(client.get("/").text) == ("Đến bài kiểm tra", "/quizzes/dot-mau/mau/")

    with app.app_context():
        attempt = quizzes.start_attempt(a_place(learner, the_drive(learner)), at=NOON)
    assert next_step_on(client.get("/").text) == ("Làm tiếp bài kiểm tra", f"/quizzes/attempts/{attempt.id}")

    with app.app_context():
        pass_the_quiz(learner, the_drive(learner))
    page = client.get("/").text
    assert next_step_on(page) == ("Bắt đầu viết", "/reflections/dot-mau/")
    assert missing_on(page) == ["Chưa viết bài thu hoạch."]

    with app.app_context():
        reflections.save(viewer(learner), "dot-mau", TEXTS, 0, at=NOON)
    page = client.get("/").text
    assert next_step_on(page) == ("Viết tiếp", "/reflections/dot-mau/")
    assert missing_on(page) == ["Bài thu hoạch đang viết, chưa nộp."]

    with app.app_context():
        reflections.hand_in(viewer(learner), "dot-mau", number=1, at=NOON)
    page = client.get("/").text
    assert next_step_on(page) == ("Xem biên nhận", "/reflections/dot-mau/receipt")
    assert (state_on(page), missing_on(page)) == ("Đã xong phần việc, chờ kết quả", [])


def test_a_result_that_ended_by_itself_is_not_told_before_it_is_opened(app, client, learner):
    with app.app_context():
        drive = the_drive(learner)
        read_everything(learner, drive)
        attempt = quizzes.start_attempt(a_place(learner, drive), at=NOON)
        for place, question in enumerate(quiz_queries.questions_of(attempt), 1):
            right = [option.id for option in question.options if option.is_right]
            quizzes.save_answer(viewer(learner), attempt.id, question.id, right, place, at=NOON)
        quizzes.close_due(at=NOON + DAY / 2)

    with clock.stopped_at(NOON + DAY / 2):
        before = client.get("/").text
        assert next_step_on(before) == ("Mở kết quả", f"/quizzes/attempts/{attempt.id}")
        assert "Chưa xem kết quả" in before
        assert not re.search(r"\b(Đạt|Chưa đạt)<", before)
        assert missing_on(before) == ["Chưa viết bài thu hoạch."]
        with app.app_context():
            quizzes.hand_in(viewer(learner), attempt.id, {}, 99, at=NOON + DAY / 2)
        assert re.search(r"\bĐạt<", client.get("/").text)


def test_every_next_step_leads_to_a_page(app, client, learner):
    for work in (read_everything, pass_the_quiz, a_handed_in_reflection):
        assert client.get(next_step_on(client.get("/").text)[1]).status_code == 200
        with app.app_context():
            work(learner, the_drive(learner))
    assert client.get(next_step_on(client.get("/").text)[1]).status_code == 200


def test_who_has_used_up_all_tries_is_led_on_to_the_reflection(app, client, learner):
    with app.app_context():
        read_everything(learner, the_drive(learner))
        fail_the_quiz(learner, the_drive(learner))
    assert next_step_on(client.get("/").text)[0] == "Đến bài kiểm tra"

    with app.app_context():
        fail_the_quiz(learner, the_drive(learner))

    page = client.get("/").text
    assert next_step_on(page)[0] == "Bắt đầu viết"
    assert "Còn 1 bài kiểm tra chưa đạt." in missing_on(page)


def test_a_drive_that_is_not_open_yet_names_its_day_and_offers_nothing(client, learner):
    with clock.stopped_at(NOON - 10 * DAY):
        signed_in(client, learner)
        page = client.get("/").text

    text, address = next_step_on(page)
    assert "Đợt học tập mở ngày 01/11/2026." in text
    assert address == ""


def test_after_the_deadline_the_desk_says_so_and_the_text_stays_in_reach(app, client, learner):
    with app.app_context():
        read_everything(learner, the_drive(learner))
        pass_the_quiz(learner, the_drive(learner))
    with clock.stopped_at(NOON + 10 * DAY + timedelta(seconds=1)):
        signed_in(client, learner)
        page = client.get("/").text

    assert (state_on(page), missing_on(page)) == ("Quá hạn", ["Chưa viết bài thu hoạch."])
    assert "Đã hết hạn nộp bài thu hoạch (hết ngày 20/11/2026)." in page
    assert next_step_on(page) == ("Xem bài thu hoạch", "/reflections/dot-mau/")


def test_a_closed_drive_asks_for_nothing_any_more(client, learner):
    with clock.stopped_at(NOON + 21 * DAY):
        signed_in(client, learner)
        page = client.get("/").text

    text, address = next_step_on(page)
    assert "Đợt học tập đã đóng ngày 30/11/2026." in text
    assert address == ""


def test_sessions_are_shown_with_what_was_noted(app, client, learner):
    with app.app_context():
        drive = the_drive(learner)
        organiser = an_organiser(drive)
        drive_services.change_drive(drive, a_plan(a_version(), needs_sessions=2), by=organiser)
        row = drives.summons_for(viewer(learner), "dot-mau").id
        for number, presence in enumerate((Presence.MADE_UP, Presence.ABSENT, None)):
            hours = {"starts_at": NOON + number * DAY, "ends_at": NOON + number * DAY + timedelta(hours=3)}
            session = drive_services.add_session(drive, by=organiser, title=f"Buổi {number}", place="", **hours)
            drive_services.note_attendance(session, drive, {row: presence}, by=organiser, at=NOON)

    page = client.get("/").text

    assert "Còn thiếu 1 buổi tham dự." in missing_on(page)
    assert "Đã dự 1 trong 3 buổi." in page
    sessions = page[page.index("Các buổi học") :]
    assert re.findall(r'class="state state-\w+">([^<]+)<', sessions) == ["Học bù", "Vắng", "Chưa điểm danh"]


def test_of_several_drives_the_one_due_first_is_in_front_and_closed_ones_are_last(app, client, learner):
    with app.app_context():
        district = a_district("Liên đoàn Lao động huyện Bên")
        for code, due in (("gap", 1), ("da-dong", -1)):
            drive = a_drive(district, code=code)
            moved = {"reflection_due_at": NOON + due * DAY, "closes_at": NOON + due * DAY}
            plan = replace(a_plan(a_version()), title=f"Đợt {code}", **moved)
            drive_services.change_drive(drive, plan, by=an_organiser(drive))
            summoned(learner, drive)

    page = client.get("/").text

    assert "<h1>Đợt gap</h1>" in page
    others = page[page.index("Đợt học tập khác của đồng chí") :]
    assert re.findall(r'href="/\?drive=([\w-]+)"', others) == ["dot-mau", "da-dong"]
    assert "<h1>Đợt học tập mẫu</h1>" in client.get("/?drive=dot-mau").text
    assert "<h1>Đợt gap</h1>" in client.get("/?drive=khong-co").text


def test_who_was_withdrawn_has_an_empty_desk(app, client, learner):
    with app.app_context():
        row = drives.summons_for(viewer(learner), "dot-mau")
        drive_services.withdraw(row, by=an_organiser(row.drive), at=NOON, because="Nghỉ ốm")

    assert "Đồng chí chưa được triệu tập vào đợt học tập nào." in client.get("/").text


def test_who_has_a_role_and_nothing_to_study_is_taken_to_the_page_of_the_role(app):
    pages = {
        Role.REVIEWER: "/grading/",
        Role.ORGANISER: "/drives/",
        Role.LEADER: "/reports/",
        Role.AUTHOR: "/content/",
        Role.SYSTEM_ADMIN: "/people/",
    }
    for role, page in pages.items():
        with app.app_context():
            person = with_role(role, a_district(), password=PASSWORD)

        answer = signed_in(app.test_client(), person).get("/")

        assert (answer.status_code, answer.location) == (302, page)


def test_who_has_nothing_at_all_is_told_what_to_expect(app, client):
    with app.app_context():
        person = a_person(password=PASSWORD)

    assert "Khi có giấy triệu tập, các chuyên đề sẽ hiện ở đây." in signed_in(client, person).get("/").text
