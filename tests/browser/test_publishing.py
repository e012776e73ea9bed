"""From a typo to the learner's page: author, content reviewer, author again, and somebody who had read the lesson."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_authoring import Hand
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

MODULE, CODE = "Kiến thức cơ bản về công tác tổ chức", "CD07"
MOST_CLICKS = 20
"""From the author's desk to a published version, the reviewer's clicks counted too."""


def test_a_change_reaches_the_learner_through_two_persons(
    visit: Visit, width: int, somebody: Callable[[str], str]
) -> None:
    sentence = f"Câu này được thêm khi màn hình rộng {width} điểm ảnh."
    author, reviewer, learner = visit(width=width), visit(width=width), visit(width=width, touches=True)
    author.sign_in("biensoan", goal="/authoring/")
    hand = Hand(author.page)
    hand.follow(MODULE)
    hand.follow("1. ")
    title = author.heading()
    area = author.page.get_by_label("Nội dung", exact=True)
    area.fill(f"{area.input_value().rstrip()}\n\n{sentence}\n")
    hand.press("Lưu")
    author.waits_for("Đã lưu lúc")
    hand.follow(CODE)
    hand.follow("Gửi thẩm định")
    expect(author.page.locator("ins").last).to_contain_text(sentence)
    author.judge()
    author.page.get_by_label("Lời nhắn").fill("Bổ sung một câu.")
    hand.press("Gửi thẩm định")
    author.waits_for("Đang chờ thẩm định")
    author.judge()

    reviewer.sign_in("thamdinh", goal="/authoring/")
    check = Hand(reviewer.page)
    check.follow(MODULE)
    check.follow("Phiên bản và thẩm định")
    check.follow("Thẩm định")
    reviewer.waits_for("Bổ sung một câu.")
    reviewer.page.get_by_text("Nguồn của dữ kiện").first.click()
    reviewer.judge()
    check.press("Đồng ý cho xuất bản")
    reviewer.waits_for("Đã thẩm định, có thể xuất bản")

    author.page.reload()
    hand.follow("Xem tác động và xuất bản")
    author.waits_for("người đã đọc xong")
    author.judge()
    number = author.page.get_by_role("button", name="Xuất bản phiên bản").inner_text()
    hand.press(number)
    author.waits_for("Đã xuất bản phiên bản")
    print(f"clicks from the desk to the published version: {hand.clicks + check.clicks}")
    assert hand.clicks + check.clicks <= MOST_CLICKS

    show_the_change(learner, somebody("đọc xong, chưa kiểm tra"), sentence)
    assert title


def show_the_change(learner: Visitor, username: str, sentence: str) -> None:
    learner.sign_in(username)
    learner.page.get_by_role("link", name=MODULE).first.click()
    learner.waits_for("Có thay đổi")
    learner.page.get_by_role("main").get_by_role("link").filter(has_text="Có thay đổi").first.click()
    learner.waits_for("Đã thay đổi từ khi đồng chí đọc.")
    learner.judge()
    learner.follow("Xem những chỗ thay đổi")
    expect(learner.page.locator(".text ins").last).to_contain_text(sentence)
    learner.judge()
    learner.press("Đã đọc xong")
    learner.page.wait_for_load_state()


def test_an_earlier_version_comes_back_in_two_clicks(visit: Visit) -> None:
    author = visit()
    author.sign_in("biensoan", goal="/publishing/to-chuc-chuc-nang-nhiem-vu-cdcs/versions/1")
    author.judge()
    author.press("Khôi phục phiên bản này vào bản thảo")
    author.page.get_by_role("button", name="Xuất bản phiên bản").click()
    author.waits_for("Đã xuất bản, không có gì mới")
