"""A quiz in the browser: one question a page, flags and the check before handing in; feedback at once; practice."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Somebody = Callable[[str], str]
SAVED = re.compile("^Đã lưu lúc")


def the_quiz_at(learner: Visitor, place: int) -> str:
    """The path of a module's quiz in the demonstration, by the module's place in the drive."""
    module = learner.page.get_by_role("main").get_by_role("heading", level=3).get_by_role("link").nth(place)
    return (module.get_attribute("href") or "").replace("/lessons/", "/quizzes/")


def a_quiz_at(learner: Visitor, place: int) -> None:
    learner.page.goto(the_quiz_at(learner, place))
    learner.press("Bắt đầu làm bài")
    learner.page.wait_for_url("**/attempts/*")


def the_question(learner: Visitor) -> Locator:
    """The only question that is shown."""
    return learner.page.locator("fieldset:visible")


def seat(learner: Visitor, number: int) -> Locator:
    return learner.page.locator(f"[data-seat='{number}']")


def test_one_question_a_page_with_flags_an_overview_and_a_check_before_handing_in(
    visit: Visit, somebody: Somebody
) -> None:
    learner = visit(touches=True)
    page, username = learner.page, somebody("chưa bắt đầu")
    learner.forgive("ERR_INTERNET_DISCONNECTED")
    learner.sign_in(username)
    a_quiz_at(learner, 1)

    expect(the_question(learner)).to_have_count(1)
    learner.answer(the_question(learner))
    expect(the_question(learner).get_by_text(SAVED)).to_be_visible()
    page.get_by_role("button", name="Đánh dấu để xem lại sau").press("Enter")
    expect(the_question(learner).get_by_text("Xem lại sau", exact=True)).to_be_visible()
    page.get_by_text(re.compile("^Tổng quan:")).click()
    expect(seat(learner, 1)).to_have_text(re.compile(r"Câu 1\s+Đã trả lời\s+Xem lại sau"))
    learner.judge()

    learner.context.set_offline(True)
    seat(learner, 3).click()
    expect(page).to_have_url(re.compile(r"\?q=3$"))
    learner.answer(the_question(learner))
    learner.press("Câu sau")
    learner.press("Đánh dấu để xem lại sau")
    learner.press("Xem lại và nộp bài")
    expect(page.get_by_role("alert")).to_contain_text("Chưa nộp được: đang chờ mạng.")
    expect(page.locator("[data-seat='3'] .state").first).to_have_text("Chưa lưu")
    page.go_back()
    expect(the_question(learner)).to_have_accessible_name(re.compile(r"^Câu 3 trong 10"))
    learner.context.set_offline(False)
    expect(the_question(learner).get_by_text(SAVED)).to_be_visible()

    learner.press("Xem lại và nộp bài")
    learner.waits_for("Đồng chí đã trả lời 2 trên 10 câu, còn 8 câu chưa trả lời. Đồng chí đánh dấu 2 câu để xem lại.")
    learner.judge()
    page.get_by_role("link", name=re.compile("^Câu 4")).first.click()
    expect(the_question(learner)).to_have_accessible_name(re.compile(r"^Câu 4 trong 10"))
    expect(page.get_by_role("button", name="Bỏ đánh dấu")).to_be_visible()
    other = visit()
    other.sign_in(username, goal=page.url)
    expect(other.page.get_by_role("button", name="Bỏ đánh dấu")).to_be_visible()
    page.go_back()
    learner.press("Nộp bài")
    page.get_by_role("heading", level=1).filter(has_text="yêu cầu").wait_for()


def test_the_time_is_told_at_ten_five_and_one_minute_and_shown_on_demand(visit: Visit, somebody: Somebody) -> None:
    learner = visit()
    page = learner.page
    learner.forgive("ERR_INTERNET_DISCONNECTED")
    page.clock.install()
    learner.sign_in(somebody("chưa bắt đầu"))
    a_quiz_at(learner, 0)
    told = page.locator("[data-time-warning]")
    page.locator("[data-timer]:not([hidden])").wait_for()
    page.evaluate(
        """() => { window.told = [];
          const region = document.querySelector("[data-time-warning]");
          new MutationObserver(() => window.told.push(region.textContent)).observe(region, { childList: true }); }"""
    )

    expect(page.get_by_role("timer")).to_be_hidden()
    expect(told).to_be_empty()
    page.get_by_text("Còn bao lâu?").click()
    learner.context.set_offline(True)
    for _minute in range(16):
        page.clock.run_for(60_000)

    expect(told).to_contain_text("Đã hết giờ.")
    expect(page.get_by_role("timer")).to_have_text("Đã hết giờ")
    assert [words for words in page.evaluate("window.told") if words] == [
        "Còn 10 phút.",
        "Còn 5 phút.",
        "Còn 1 phút.",
        told.inner_text(),
    ]


def test_a_device_is_tried_out_answers_are_checked_at_once_and_practised_afterwards(
    visit: Visit, somebody: Somebody
) -> None:
    learner = visit(touches=True)
    page = learner.page
    learner.sign_in(somebody("chưa bắt đầu"))
    quiz = the_quiz_at(learner, 2)

    page.goto(quiz)
    learner.follow("Kiểm tra máy và mạng trước khi làm")
    checks = page.get_by_role("definition")
    for number, words in enumerate(("Dùng được", "Giữ được", "Tốt", "Khớp")):
        expect(checks.nth(number)).to_contain_text(words)
    page.get_by_role("radio", name="7").press("Space")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^Máy chủ đã lưu lúc \d\d:\d\d và đọc lại đúng: 7\."))
    learner.judge()

    learner.follow("Về trang bài kiểm tra")
    learner.press("Bắt đầu làm bài")
    page.wait_for_url("**/attempts/*")
    window = learner.context.new_page()
    window.goto(page.url)
    window.locator("[data-timer]:not([hidden])").wait_for()
    first = page.locator("fieldset").first
    learner.answer(first)
    first.get_by_role("button", name="Kiểm tra câu này").click()
    expect(first.get_by_text("Đã kiểm tra, giữ nguyên câu trả lời.")).to_be_visible()
    expect(first.locator("input, select, textarea")).to_have_count(0)
    learner.judge()
    other = window.locator("fieldset").first
    other.locator("input, select, textarea").last.dispatch_event("change")
    expect(other.get_by_role("status")).to_contain_text("Câu này đã kiểm tra ở nơi khác nên giữ nguyên câu trả lời.")
    window.close()

    for _try in range(3):
        learner.press("Xem lại và nộp bài")
        learner.press("Nộp bài")
        page.get_by_role("heading", level=1).filter(has_text="yêu cầu").wait_for()
        page.goto(quiz)
        if page.get_by_role("button", name="Bắt đầu làm bài").count():
            learner.press("Bắt đầu làm bài")
            page.wait_for_url("**/attempts/*")
    learner.follow("Tự luyện với câu hỏi của chuyên đề")
    learner.answer(page.locator("fieldset"))
    learner.judge()
    learner.press("Kiểm tra")
    expect(page.get_by_role("heading", level=2)).to_have_text(re.compile(r"^Câu 1 trong 10\s+(Đúng|Chưa đúng)"))
    learner.judge()
    learner.follow("Câu sau")
    learner.waits_for("Câu 2 trong 10")
