"""A quiz where the network goes, the time runs out, the sign-in ends, and the same attempt is open twice."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from lms import clock
from lms.access import Role
from lms.content import services as content
from lms.db import db as database
from lms.demonstration import DRIVE
from lms.drives import services as drives
from lms.quizzes import services as quizzes
from lms.quizzes.models import Answer, Attempt
from tests.browser.conftest import Visit
from tests.browser.server import Server, write_settings
from tests.browser.test_offline import Somebody, a_quiz, start_a_quiz, state_of
from tests.conftest import SECRET
from tests.factories import PASSWORD, a_district, a_learner, a_plan, a_unit, the_sample, viewer, with_role

pytestmark = pytest.mark.browser

SAVED = re.compile("^Đã lưu lúc")
TWENTY, MINUTES = 20, 30


@pytest.fixture
def exam(database_url: str, db: object, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A quiz of twenty questions and thirty minutes, on both databases, and the user name of its only learner."""
    sample, now = the_sample(), clock.now()
    single = next(one for one in sample.questions if one.kind == "single_choice")
    assert sample.quiz is not None
    module = replace(
        sample,
        questions=tuple(replace(single, id=f"cau-{number:02}") for number in range(TWENTY)),
        quiz=replace(sample.quiz, questions=TWENTY, minutes=MINUTES),
    )
    version, _is_new = content.publish(module, by=None, at=now)
    district = a_district()
    plan = replace(
        a_plan(version),
        opens_at=now - timedelta(days=1),
        reflection_due_at=now + timedelta(days=10),
        closes_at=now + timedelta(days=20),
    )
    drive = drives.create_drive(DRIVE, district, plan, by=viewer(with_role(Role.ORGANISER, district)))
    learner = a_learner(drive, a_unit(under=district), password=PASSWORD)
    write_settings(tmp_path, SECRET, database_url)
    server = Server(tmp_path)
    server.start()
    assert learner.account is not None
    yield server, learner.account.username
    server.kill()


def test_twenty_minutes_without_network_and_an_ended_sign_in_cost_no_answer(
    visit: Visit, exam: tuple[Server, str]
) -> None:
    """The time is over, too, when the network returns, and the worker has closed the attempt without these answers."""
    server, username = exam
    learner = visit(server)
    for words in ("ERR_INTERNET_DISCONNECTED", "401"):
        learner.forgive(words)
    learner.page.clock.install()
    learner.sign_in(username, PASSWORD, goal=f"/quizzes/{DRIVE}/mau/")
    questions = start_a_quiz(learner, f"/quizzes/{DRIVE}/mau/")
    assert len(questions) == TWENTY

    learner.context.set_offline(True)
    for question in questions:
        question.locator("label").first.click()
        learner.page.clock.fast_forward(60_000)
    expect(learner.page.get_by_role("alert")).to_contain_text(f"Còn {TWENTY} câu chưa lưu trên máy chủ.")
    server.put_forward(40 * 60)
    quizzes.close_due(at=clock.now() + timedelta(minutes=40))
    learner.context.clear_cookies()
    learner.context.set_offline(False)

    expect(learner.page.get_by_text("Chưa lưu được: phiên đã hết hạn.").first).to_be_visible()
    learner.follow("Đăng nhập lại để lưu")
    learner.fill_in_sign_in(username, PASSWORD)

    learner.waits_for(f"Máy chủ đã nhận {TWENTY} câu trả lời viết trước khi hết giờ.")
    learner.judge()
    learner.press("Xem kết quả")
    learner.page.get_by_role("heading", level=1).filter(has_text="yêu cầu").wait_for()
    database.session.rollback()
    assert database.session.query(Answer).count() == TWENTY
    attempt = database.session.query(Attempt).populate_existing().one()
    assert (attempt.by_timeout, attempt.opened_at is not None) == (True, True)
    assert f"{attempt.points:g}".replace(".", ",") in learner.page.get_by_role("main").inner_text()


def test_a_second_window_and_a_second_device_show_the_newest_answer_and_say_so(
    visit: Visit, somebody: Somebody
) -> None:
    phone, desk, username = visit(), visit(), somebody("chưa bắt đầu")
    for device in (phone, desk):
        device.sign_in(username)
    first = a_quiz(phone)[0]
    window = phone.context.new_page()
    for page in (window, desk.page):
        page.goto(phone.page.url)
        page.locator("[data-timer]:not([hidden])").wait_for()

    name, value = (first.locator("input").last.get_attribute(key) for key in ("name", "value"))
    first.locator("label").last.click()
    expect(state_of(first)).to_have_text(SAVED)
    desk.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    for page in (window, desk.page):
        expect(page.get_by_text("đang mở ở một cửa sổ hoặc máy khác")).to_be_visible()
        expect(page.locator(f"input[name='{name}'][value='{value}']")).to_be_checked()
    expect(phone.page.locator("[data-elsewhere]")).to_be_hidden()


def test_an_answer_chosen_before_the_script_comes_is_saved_too(visit: Visit, somebody: Somebody) -> None:
    learner = visit()
    learner.sign_in(somebody("chưa bắt đầu"))
    first = a_quiz(learner)[0]

    def come_late(route: Route) -> None:
        first.locator("label").last.click()
        route.continue_()

    learner.context.route("**/js/send.js*", come_late)
    learner.page.reload(wait_until="commit")
    expect(state_of(first)).to_have_text(SAVED)
    learner.context.unroute_all()
    learner.page.reload()

    expect(first.locator("input").last).to_be_checked()
    expect(state_of(first)).to_have_text(SAVED)
