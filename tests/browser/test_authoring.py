"""An officer who never saw Markdown mends a typo, adds a question and tries it, with only what the pages say."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import DESK, Visitor

pytestmark = pytest.mark.browser

MODULE = "Ủy ban Kiểm tra"
SLUG = "uy-ban-kiem-tra-cong-doan"


@pytest.fixture
def author(visit: Visit, width: int) -> Visitor:
    visitor = visit(width=width)
    visitor.sign_in("biensoan", goal="/authoring/")
    return visitor


class Hand:
    """Counts what the officer clicks."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def follow(self, name: str) -> None:
        self.clicks += 1
        self.page.get_by_role("main").get_by_role("link", name=name).first.click()

    def press(self, name: str) -> None:
        self.clicks += 1
        self.page.get_by_role("button", name=name, exact=True).click()


def test_a_typo_is_mended_and_a_question_added_and_tried(author: Visitor) -> None:
    page, hand = author.page, Hand(author.page)
    preview = page.frame_locator("iframe[name=preview]")
    author.judge()

    hand.follow(MODULE)
    author.judge()
    hand.follow("1. ")
    area = page.get_by_label("Nội dung", exact=True)
    author.judge()
    before = area.input_value()

    area.fill(before + "\n#### Chữ sửa\n")
    fault = page.get_by_role("link", name=re.compile(r"^Dòng \d+$")).last
    expect(page.locator(".fault-error")).to_contain_text("Tiêu đề cấp 4")
    fault.click()
    assert area.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)") == "#### Chữ sửa"
    area.fill(before.rstrip() + " Chữ sửa.\n")
    expect(preview.get_by_text("Chữ sửa.")).to_be_visible()
    expect(page.locator(".fault-error")).to_have_count(0)
    hand.press("Lưu")
    author.waits_for("Đã lưu lúc")

    hand.follow("CD")
    hand.follow("Thêm câu hỏi")
    area = page.get_by_label("Nội dung", exact=True)
    question = f"Ai ghi biên bản cuộc họp của tổ {author.width}?"
    author.waits_for("Chưa lưu; một bản được giữ trên máy này.")
    page.keyboard.type(question)
    asked = preview.get_by_role("group", name=re.compile("Câu")).last
    expect(asked).to_contain_text(question)
    top = asked.evaluate("one => one.getBoundingClientRect().top / innerHeight")
    assert 0 <= top < 1  # the frame shows the question that is being written
    expect(page.locator(".fault-error")).to_have_count(0)
    author.judge()
    hand.clicks += 2
    asked.get_by_text("Phương án đúng có chữ x").click()
    asked.get_by_role("button", name="Xem kết quả").click()
    expect(preview.get_by_role("group").last).to_contain_text("Đáp án đúng")
    expect(preview.get_by_role("group").last.locator(".state-done")).to_have_text("Đúng")
    hand.press("Lưu")
    author.waits_for("Đã lưu lúc")

    hand.follow("CD")
    hand.follow("Gửi thẩm định")
    author.waits_for("Gửi thẩm định")
    print(f"clicks up to “Gửi thẩm định”: {hand.clicks}")
    assert hand.clicks <= 12


def test_what_is_not_saved_comes_back(author: Visitor) -> None:
    page = author.page
    page.goto(f"/authoring/{SLUG}/edit/module.md")
    area = page.get_by_label("Nội dung", exact=True)
    typed = area.input_value() + "Chưa lưu.\n"
    area.fill(typed)
    author.waits_for("Chưa lưu; một bản được giữ trên máy này.")

    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/authoring/")
    page.goto(f"/authoring/{SLUG}/edit/module.md")
    author.judge()
    author.press("Lấy lại bản chưa lưu")

    assert area.input_value() == typed
    expect(page.frame_locator("iframe[name=preview]").get_by_text("Chưa lưu.")).to_be_visible()


def test_pieces_are_put_in_where_the_cursor_stands_and_the_preview_grows_wide(author: Visitor) -> None:
    page = author.page
    page.goto(f"/authoring/{SLUG}/edit/quiz.md")
    page.get_by_text("Bảng", exact=True).click()
    page.get_by_role("button", name="Chèn vào chỗ con trỏ").and_(page.locator(":visible")).click()

    preview = page.frame_locator("iframe[name=preview]")
    expect(preview.get_by_role("cell", name="Việc thứ nhất")).to_be_visible()
    expect(page.locator(".fault-error")).to_have_count(0)
    author.press("Máy tính")
    assert page.locator("iframe[name=preview]").evaluate("frame => frame.contentWindow.innerWidth") == DESK
    author.judge()
    page.on("dialog", lambda dialog: dialog.accept())


def test_the_other_pages_of_an_author_are_without_barriers(author: Visitor) -> None:
    pages = (
        "new",
        f"{SLUG}/file/lessons/{lesson_of(author)}?revision=1",
        f"{SLUG}/add-picture",
        f"{SLUG}/import",
        f"{SLUG}/export",
    )
    for address in pages:
        author.page.goto(f"/authoring/{address}")
        author.judge()


def lesson_of(author: Visitor) -> str:
    author.page.goto(f"/authoring/{SLUG}/")
    href = author.page.locator("a[href*='/edit/lessons/']").first.get_attribute("href") or ""
    return href.rpartition("/")[2]


def test_two_authors_see_both_texts(author: Visitor) -> None:
    page = author.page
    page.goto(f"/authoring/{SLUG}/edit/reflection.md")
    area = page.get_by_label("Nội dung", exact=True)
    text = area.input_value()
    page.evaluate(
        """async (text) => {
          const form = document.querySelector("[data-editor]");
          const sent = new FormData(form);
          sent.set("text", text);
          await fetch(form.action, { method: "POST", body: sent });
        }""",
        text + f"\nCâu của lần lưu trước {author.width}.\n",
    )
    author.forgive("409")
    area.fill(text + f"\nCâu của đồng chí {author.width}.\n")
    author.press("Lưu")

    author.waits_for("Có người vừa sửa cùng tệp này")
    author.judge()
    author.press("Lưu bản gộp")
    author.waits_for("Đã lưu lúc")


def test_everything_works_without_script(visit: Visit) -> None:
    officer = visit(script=False)
    page = officer.page
    officer.sign_in("biensoan", goal=f"/authoring/{SLUG}/edit/quiz.md")
    preview = page.frame_locator("iframe[name=preview]")
    area = page.get_by_label("Nội dung", exact=True)
    area.fill(area.input_value().replace("minutes: ", "minutes: x"))

    officer.press("Kiểm tra")
    officer.waits_for("phải là số nguyên")
    area.fill(area.input_value().replace("minutes: x", "minutes: ").rstrip() + " Chữ thêm.\n")
    officer.press("Xem trước")
    expect(preview.get_by_text("Chữ thêm.")).to_be_visible()
    officer.press("Lưu")
    officer.waits_for("Đã lưu lúc")
