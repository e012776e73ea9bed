"""Nothing typed is ever lost: not without network, not after a sign-in has expired, not on two devices, not when the
server dies. And what the page says about it is true.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect

from lms.demonstration import DRIVE
from tests.browser.conftest import Visit
from tests.browser.server import Server
from tests.browser.visitor import Visitor
from tests.factories import PASSWORD as FACTORY_PASSWORD

pytestmark = pytest.mark.browser

WRITE = f"/reflections/{DRIVE}/"
SAVED = re.compile(r"^Đã lưu trên máy chủ lúc ")
TEXT = "Tổ 2 họp chiều thứ Tư."

Somebody = Callable[[str], str]


def start_a_quiz(learner: Visitor, path: str) -> list[Locator]:
    learner.page.goto(path)
    learner.press("Bắt đầu làm bài")
    learner.page.wait_for_url("**/attempts/*")
    choices = learner.page.locator("input[type=radio], input[type=checkbox]")
    return learner.page.get_by_role("group").filter(has=choices).all()


def a_quiz(learner: Visitor) -> list[Locator]:
    module = learner.page.get_by_role("main").get_by_role("heading", level=3).get_by_role("link").first
    return start_a_quiz(learner, (module.get_attribute("href") or "").replace("/lessons/", "/quizzes/"))


def state_of(question: Locator) -> Locator:
    return question.get_by_role("status")


def test_answers_wait_for_the_network_and_then_go_out(visit: Visit, somebody: Somebody) -> None:
    learner = visit()
    learner.forgive("ERR_INTERNET_DISCONNECTED")
    learner.sign_in(somebody("chưa bắt đầu"))
    questions = a_quiz(learner)

    learner.context.set_offline(True)
    for question in questions[:3]:
        question.locator("label").last.click()
        expect(state_of(question)).to_have_text("Đang chờ mạng – chưa lưu trên máy chủ")
    expect(learner.page.get_by_role("alert")).to_have_text("Còn 3 câu chưa lưu trên máy chủ. Đừng đóng trang này.")
    learner.press("Xem lại và nộp bài")
    expect(learner.page.get_by_role("alert")).to_contain_text("Chưa nộp được: đang chờ mạng.")

    learner.context.set_offline(False)
    for question in questions[:3]:
        expect(state_of(question)).to_have_text(re.compile("^Đã lưu lúc"))
    learner.page.reload()
    for question in questions[:3]:
        expect(question.locator("input").last).to_be_checked()
    expect(state_of(questions[3])).to_have_text("")


def test_answers_that_never_reached_the_server_are_there_after_a_reload(visit: Visit, somebody: Somebody) -> None:
    learner = visit()
    learner.forgive("ERR_FAILED")
    learner.sign_in(somebody("chưa bắt đầu"))
    first = a_quiz(learner)[0]

    learner.context.route("**/answers", lambda route: route.abort())
    first.locator("label").last.click()
    expect(state_of(first)).to_contain_text("Đang chờ mạng")
    learner.context.unroute("**/answers")
    learner.page.reload()

    expect(state_of(first)).to_have_text(re.compile("^Đã lưu lúc"))
    expect(first.locator("input").last).to_be_checked()


def where(learner: Visitor) -> Locator:
    return learner.page.locator("[data-where]")


def first_text(learner: Visitor) -> Locator:
    return learner.page.get_by_role("textbox").first


@pytest.fixture
def writer(visit: Visit, somebody: Somebody) -> Visitor:
    learner = visit()
    learner.sign_in(somebody("đang đọc"), goal=WRITE)
    learner.waits_for("Chưa có gì trên máy chủ.")
    return learner


def test_a_reflection_written_without_network_survives_and_goes_out(writer: Visitor) -> None:
    writer.forgive("ERR_INTERNET_DISCONNECTED")

    writer.context.set_offline(True)
    first_text(writer).fill(TEXT)
    writer.press("Xem lại và nộp")
    expect(where(writer)).to_have_text("Chỉ có trên máy này, đang chờ mạng.")
    expect(first_text(writer)).to_have_value(TEXT)

    writer.context.set_offline(False)
    expect(where(writer)).to_have_text(SAVED)
    writer.page.reload()
    expect(first_text(writer)).to_have_value(TEXT)
    expect(where(writer)).to_have_text(SAVED)


def test_a_reflection_that_never_reached_the_server_is_there_after_a_reload(writer: Visitor) -> None:
    writer.forgive("ERR_FAILED")

    writer.context.route(
        f"**{WRITE}", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    first_text(writer).fill(TEXT)
    writer.press("Lưu")
    expect(where(writer)).to_have_text("Chỉ có trên máy này, đang chờ mạng.")
    writer.context.unroute_all()
    writer.page.reload()

    expect(first_text(writer)).to_have_value(TEXT)
    expect(where(writer)).to_have_text(SAVED)


def test_an_answer_lost_on_the_way_back_makes_no_second_version(writer: Visitor) -> None:
    """The server has the text, the page does not know; what is typed next comes from the same hand."""
    writer.forgive("ERR_FAILED")
    lost = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    writer.context.route(f"**{WRITE}", lose_the_answer)
    first_text(writer).fill(TEXT)
    expect(where(writer)).to_have_text("Chỉ có trên máy này, đang chờ mạng.")
    assert lost == [200]
    first_text(writer).fill(f"{TEXT} Mười một người góp ý.")
    expect(where(writer)).to_have_text(SAVED)
    writer.context.unroute_all()
    writer.page.reload()

    expect(first_text(writer)).to_have_value(f"{TEXT} Mười một người góp ý.")
    assert writer.page.get_by_text("Có hai bản khác nhau").count() == 0


def test_going_on_after_a_look_at_the_whole_makes_no_second_version(writer: Visitor) -> None:
    first_text(writer).fill(TEXT)
    writer.press("Xem lại và nộp")
    writer.follow("Viết tiếp")
    first_text(writer).fill(f"{TEXT} Mười một người góp ý.")
    writer.press("Lưu")

    expect(first_text(writer)).to_have_value(f"{TEXT} Mười một người góp ý.")
    writer.waits_for("Đã lưu trên máy chủ lúc")
    assert writer.page.get_by_text("Có hai bản khác nhau").count() == 0


def test_an_expired_sign_in_costs_no_text(visit: Visit, somebody: Somebody) -> None:
    writer, username = visit(), somebody("đang đọc")
    writer.forgive("401")
    writer.sign_in(username, goal=WRITE)
    writer.waits_for("Chưa có gì trên máy chủ.")

    writer.context.clear_cookies()
    first_text(writer).fill(TEXT)
    expect(where(writer)).to_contain_text("Chỉ có trên máy này: phiên đã hết hạn.")
    writer.follow("Đăng nhập lại để lưu")
    writer.fill_in_sign_in(username)

    expect(first_text(writer)).to_have_value(TEXT)
    expect(where(writer)).to_have_text(SAVED)


def test_an_expired_sign_in_costs_no_answer(visit: Visit, somebody: Somebody) -> None:
    learner, username = visit(), somebody("chưa bắt đầu")
    learner.forgive("401")
    learner.sign_in(username)
    first = a_quiz(learner)[0]

    learner.context.clear_cookies()
    first.locator("label").last.click()
    expect(state_of(first)).to_contain_text("Chưa lưu được: phiên đã hết hạn.")
    learner.follow("Đăng nhập lại để lưu")
    learner.fill_in_sign_in(username)

    expect(state_of(first)).to_have_text(re.compile("^Đã lưu lúc"))
    expect(first.locator("input").last).to_be_checked()


def test_two_devices_show_both_texts_and_keep_both(visit: Visit, somebody: Somebody) -> None:
    phone, desk, username = visit(), visit(), somebody("đang đọc")
    for device in (phone, desk):
        device.sign_in(username, goal=WRITE)
        device.waits_for("Chưa có gì trên máy chủ.")

    first_text(desk).fill("Viết ở cơ quan.")
    expect(where(desk)).to_have_text(SAVED)
    first_text(phone).fill("Viết trên xe.")
    phone.waits_for("Có hai bản khác nhau")
    both = phone.page.locator("#hai-ban")
    expect(both).to_contain_text("Viết ở cơ quan.")
    expect(both).to_contain_text("Viết trên xe.")
    phone.judge()

    phone.press("Dùng bản gửi sau")
    expect(first_text(phone)).to_have_value("Viết trên xe.")
    assert phone.page.get_by_text("Có hai bản khác nhau").count() == 0
    phone.follow("Lịch sử bài viết")
    phone.page.get_by_role("link", name="Bản 1").click()
    phone.waits_for("Viết ở cơ quan.")


def test_a_server_that_dies_takes_nothing_with_it(visit: Visit, mortal: tuple[Server, str]) -> None:
    """What was said to be saved is there when it comes back, and what was typed meanwhile arrives."""
    server, username = mortal
    learner = visit(server)
    learner.forgive("ERR_CONNECTION_REFUSED")
    learner.forgive("ERR_EMPTY_RESPONSE")
    learner.forgive("ERR_CONNECTION_RESET")
    learner.sign_in(username, FACTORY_PASSWORD, goal=f"/quizzes/{DRIVE}/mau/")
    first, second = start_a_quiz(learner, f"/quizzes/{DRIVE}/mau/")[:2]
    first.locator("label").last.click()
    expect(state_of(first)).to_have_text(re.compile("^Đã lưu lúc"))

    server.kill()
    second.locator("label").last.click()
    expect(state_of(second)).to_contain_text("Đang chờ mạng")
    server.start()

    expect(state_of(second)).to_have_text(re.compile("^Đã lưu lúc"))
    learner.page.reload()
    for question in (first, second):
        expect(question.locator("input").last).to_be_checked()

    learner.page.goto(WRITE)
    first_text(learner).fill(TEXT)
    server.kill()
    expect(where(learner)).to_have_text("Chỉ có trên máy này, đang chờ mạng.")
    server.start()
    expect(where(learner)).to_have_text(SAVED)
    learner.page.reload()
    expect(first_text(learner)).to_have_value(TEXT)


def test_what_is_typed_before_the_script_comes_is_saved_too(writer: Visitor) -> None:
    def come_late(route: Route) -> None:
        writer.page.get_by_role("textbox").first.fill(TEXT)
        route.continue_()

    writer.context.route("**/js/words.js*", come_late)
    writer.page.reload(wait_until="commit")

    expect(where(writer)).to_have_text(SAVED)
    writer.context.unroute_all()
    writer.page.reload()
    expect(first_text(writer)).to_have_value(TEXT)
