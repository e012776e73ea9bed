"""The learner's quiz one question a page: turning, flags, the overview, and the check before handing in."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Somebody = Callable[[str], str]
SAVED = re.compile("^Đã lưu lúc")


def a_quiz_at(learner: Visitor, place: int) -> None:
    """Start the quiz of a module of the demonstration, by its place in the drive."""
    module = learner.page.get_by_role("main").get_by_role("heading", level=3).get_by_role("link").nth(place)
    learner.page.goto((module.get_attribute("href") or "").replace("/lessons/", "/quizzes/"))
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
