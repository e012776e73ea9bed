"""A text with gaps and a few sentences of free text, typed on a phone and marked by the keyboard."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from lms import clock
from lms.access import Role
from lms.content import services as content
from lms.content.rules import Option, Question
from lms.drives import services as drives
from tests.browser.conftest import Visit
from tests.browser.server import Server, write_settings
from tests.browser.visitor import DESK
from tests.conftest import SECRET
from tests.factories import FREE_TEXT, PASSWORD, a_district, a_learner, a_plan, the_sample, viewer, with_role

pytestmark = pytest.mark.browser

GAPS = Question(
    "ct-01",
    "gap_text",
    "mot",
    (),
    "<p>Chủ nhiệm do …(1)… bầu; Phó Chủ nhiệm do …(2, chọn)… bầu.</p>",
    (
        Option("a", "(1) Ban Chấp hành (chấp nhận không dấu)", True, "Đúng."),
        Option("b", "(2) Ủy ban Kiểm tra", True, "Đúng."),
        Option("c", "(2) Ban Chấp hành", False, "Chưa đúng."),
    ),
)


@pytest.fixture
def exam(database_url: str, db: Flask, tmp_path: Path) -> Iterator[tuple[Server, str, str]]:
    """A quiz of both kinds, with the user names of its only learner and of a reviewer."""
    sample, now = the_sample(), clock.now()
    assert sample.quiz is not None
    quiz = replace(sample.quiz, questions=2, shuffle=False)
    module = replace(sample, questions=(GAPS, FREE_TEXT), quiz=quiz, prompts=(), rubric=())
    version, _is_new = content.publish(module, by=None, at=now)
    district = a_district()
    plan = replace(
        a_plan(version, with_reflection=False),
        opens_at=now - timedelta(days=1),
        reflection_due_at=now + timedelta(days=10),
        closes_at=now + timedelta(days=20),
    )
    drive = drives.create_drive("dot-mau", district, plan, by=viewer(with_role(Role.ORGANISER, district)))
    learner, reviewer = (
        a_learner(drive, district, password=PASSWORD),
        with_role(Role.REVIEWER, district, password=PASSWORD),
    )
    write_settings(tmp_path, SECRET, database_url)
    server = Server(tmp_path)
    server.start()
    assert learner.account is not None
    assert reviewer.account is not None
    yield server, learner.account.username, reviewer.account.username
    server.kill()


def test_what_is_typed_on_a_phone_is_marked_by_the_keyboard(visit: Visit, exam: tuple[Server, str, str]) -> None:
    server, learners_name, reviewers_name = exam
    learner = visit(server)
    learner.sign_in(learners_name, PASSWORD, goal="/quizzes/dot-mau/mau/")
    learner.press("Bắt đầu làm bài")
    learner.page.wait_for_url("**/attempts/*")
    page = learner.page
    page.get_by_label("(1)").fill("ban chap hanh")
    page.get_by_label("(2)").select_option(label="Ủy ban Kiểm tra")
    text = page.get_by_role("textbox").last
    text.press_sequentially("Để phòng ngừa.\nVí dụ thu thiếu.")
    expect(page.get_by_text("Đã viết 7 từ.")).to_be_visible()
    text.blur()
    expect(page.get_by_role("status").filter(has_text="Đã lưu lúc")).to_have_count(2)
    learner.judge()
    page.reload()
    expect(page.get_by_label("(1)")).to_have_value("ban chap hanh")
    expect(page.get_by_label("(2)")).to_have_value("b")
    expect(text).to_have_value("Để phòng ngừa.\nVí dụ thu thiếu.")
    learner.press("Xem lại và nộp bài")
    learner.press("Nộp bài")
    learner.waits_for("Đã nộp bài, chờ chấm")
    learner.judge()

    reviewer = visit(server, width=DESK)
    reviewer.sign_in(reviewers_name, PASSWORD, goal="/quizzes/marking")
    reviewer.judge()
    reviewer.follow("Chấm 1 bài")
    expect(reviewer.page.get_by_role("radio").first).to_be_focused()
    reviewer.judge()
    for key in ("5", "2", "Enter"):
        reviewer.page.keyboard.press(key)
    reviewer.waits_for("không còn bài nào chờ chấm")
    reviewer.follow("Xem 1 bài")
    reviewer.judge()
    reviewer.follow("Bài số 1")
    reviewer.judge()

    page.reload()
    learner.waits_for("Đạt yêu cầu")
    expect(page.get_by_text("Được 0,5 điểm")).to_be_visible()
    learner.judge()
