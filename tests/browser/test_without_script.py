"""All that a learner has to do can be done without JavaScript: on an old phone, or when a script does not arrive."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from lms.demonstration import DRIVE
from tests.browser.conftest import Visit
from tests.browser.test_journeys import SENTENCE

pytestmark = pytest.mark.browser


def test_a_cadre_reads_is_examined_writes_and_hands_in_without_script(
    visit: Visit, somebody: Callable[[str], str]
) -> None:
    learner = visit(script=False)
    page = learner.page
    learner.sign_in(somebody("chưa bắt đầu"))

    learner.follow("Bắt đầu đọc")
    learner.press("Đã đọc xong, sang bài tiếp")
    page.get_by_role("link", name="Trang của tôi").first.click()
    learner.waits_for("Đã đọc 1/")

    learner.follow("Bài kiểm tra")
    learner.press("Bắt đầu làm bài")
    learner.answer(page.locator("fieldset").first)
    learner.press("Lưu, chưa nộp")
    learner.waits_for("Đã lưu các câu trả lời.")
    expect(page.locator("fieldset").first.get_by_role("status")).to_have_text(re.compile(r"^Đã lưu lúc"))
    expect(page.locator("fieldset").last.get_by_role("status")).to_be_empty()
    for question in page.locator("fieldset").all():
        learner.answer(question)
    learner.press("Xem lại và nộp bài")
    learner.waits_for("Đồng chí đã trả lời cả 10 câu.")
    learner.press("Nộp bài")
    learner.waits_for("Xem lại từng câu")
    assert page.get_by_text("Chưa trả lời").count() == 0

    page.goto(f"/reflections/{DRIVE}/")
    for area in page.get_by_role("textbox").all():
        area.fill(SENTENCE * 30)
    learner.press("Lưu")
    expect(page.get_by_role("status").first).to_have_text(re.compile(r"^Đã lưu trên máy chủ lúc \d\d:\d\d\.$"))
    expect(page.get_by_role("textbox").last).to_have_value((SENTENCE * 30).strip())
    learner.press("Xem lại và nộp")
    page.get_by_role("checkbox").check()
    learner.press("Nộp bài thu hoạch")
    expect(page.locator(".receipt-no")).to_have_text(re.compile(r"^TH-\w{4}-\w{4}$"))


def test_a_quiz_is_tried_out_turned_flagged_and_checked_without_script(
    visit: Visit, somebody: Callable[[str], str]
) -> None:
    learner = visit(script=False)
    page = learner.page
    learner.sign_in(somebody("chưa bắt đầu"))
    modules = page.get_by_role("main").get_by_role("heading", level=3).get_by_role("link")
    turning, checking = ((modules.nth(n).get_attribute("href") or "").replace("/lessons/", "/quizzes/") for n in (1, 2))
    question = page.locator("fieldset:visible")

    page.goto(turning)
    learner.follow("Kiểm tra máy và mạng trước khi làm")
    page.get_by_role("radio", name="7").press("Space")
    learner.press("Lưu câu thử")
    learner.waits_for("Máy chủ đang giữ câu trả lời thử: 7")
    learner.follow("Về trang bài kiểm tra")
    learner.press("Bắt đầu làm bài")
    learner.answer(question)
    learner.press("Câu sau")
    expect(question).to_have_accessible_name(re.compile(r"^Câu 2 trong 10"))
    learner.press("Đánh dấu để xem lại sau")
    learner.press("Xem lại và nộp bài")
    learner.waits_for("Đồng chí đã trả lời 1 trên 10 câu, còn 9 câu chưa trả lời. Đồng chí đánh dấu 1 câu để xem lại.")
    page.get_by_role("link", name=re.compile("^Câu 2")).last.click()
    expect(page.get_by_role("button", name="Bỏ đánh dấu")).to_be_visible()

    page.goto(checking)
    learner.press("Bắt đầu làm bài")
    learner.answer(question.first)
    page.get_by_role("button", name="Kiểm tra câu này").first.click()
    expect(question.first.get_by_text("Đã kiểm tra, giữ nguyên câu trả lời.")).to_be_visible()
    expect(question.first.locator("input, select, textarea")).to_have_count(0)
