"""Whole paths as each person walks them, on a phone and at a desk; every page on the way is judged."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from lms.demonstration import DRIVE
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

SENTENCE = "Tổ 2 họp chiều thứ Tư, mười một người góp ý. "
PASSWORD = "chieu thu tu hop to"
CODE = re.compile(r"^[A-Z2-9]{5}-[A-Z2-9]{5}$")

Somebody = Callable[[str], str]


def new_code(admin: Visitor, username: str) -> str:
    """What the administrator of the district hands to somebody on a slip of paper."""
    admin.sign_in("quantri", goal=f"/people/?q={username}")
    admin.page.get_by_role("table").get_by_role("link").click()
    admin.press("Cấp mã dùng một lần")
    return admin.page.get_by_role("status").get_by_text(CODE).inner_text()


@pytest.fixture
def learner(visit: Visit, width: int) -> Visitor:
    return visit(width=width, touches=True)


def test_a_cadre_signs_in_with_a_code_from_paper_and_reads(visit: Visit, learner: Visitor, somebody: Somebody) -> None:
    username = somebody("chưa bắt đầu")
    code = new_code(visit(), username)
    page = learner.page

    learner.forgive("422")
    page.goto("/")
    learner.judge()
    learner.fill_in_sign_in(username, "ABCDE-22222")
    expect(page.get_by_role("alert")).to_contain_text("chưa đúng")
    learner.judge()
    learner.fill_in_sign_in(username, code.lower())
    expect(page).to_have_title(re.compile("Đặt mật khẩu"))
    learner.judge()
    page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    page.get_by_label("Nhập lại mật khẩu mới").fill(PASSWORD)
    learner.press("Lưu mật khẩu")
    expect(page).to_have_title(re.compile("Trang của tôi"))
    learner.judge()

    learner.follow("Bắt đầu đọc")
    first = learner.heading()
    learner.judge()
    learner.press("Đã đọc xong, sang bài tiếp")
    page.wait_for_load_state()
    assert learner.heading() != first
    page.get_by_role("link", name="Trang của tôi").first.click()
    learner.waits_for("Đã đọc 1/")


def test_a_cadre_takes_a_quiz_and_sees_why(learner: Visitor, somebody: Somebody) -> None:
    page = learner.page
    learner.sign_in(somebody("chưa bắt đầu"))

    page.get_by_role("main").get_by_role("heading", level=3).get_by_role("link").first.click()
    learner.judge()
    learner.follow("Đến bài kiểm tra")
    learner.judge()
    learner.press("Bắt đầu làm bài")
    questions = page.locator("fieldset")
    learner.waits_for("Làm đến")
    learner.judge()
    for question in questions.all():
        learner.answer(question)
        expect(question.get_by_role("status")).to_have_text(re.compile(r"^Đã lưu lúc \d\d:\d\d$"))
    left = page.get_by_role("timer")
    expect(left).to_be_hidden()
    page.get_by_text("Còn bao lâu?").click()
    expect(left).to_have_text(re.compile(r"^Còn \d+ phút \d\d giây$"))
    learner.press("Xem lại và nộp bài")
    learner.waits_for("Đồng chí đã trả lời cả")
    learner.judge()
    learner.press("Nộp bài")

    learner.waits_for("Xem lại từng câu")
    assert learner.heading() in ("Đạt yêu cầu", "Chưa đạt yêu cầu")
    assert page.get_by_text("Đồng chí chọn").count() >= questions.count()
    learner.judge()


FROM_WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><style>p.MsoNormal { margin: 0 }</style>
<p class=MsoNormal>Điều một <b>tôi
nhớ</b>.<o:p></o:p></p><p class=MsoNormal>&nbsp;</p>
<p class=MsoList><span style='mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span>Điều hai<br>và ba.</p></html>"""
PASTE = """(area, html) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/html", html);
  area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def test_a_cadre_writes_checks_and_hands_in(learner: Visitor, somebody: Somebody) -> None:
    page = learner.page
    learner.sign_in(somebody("đang đọc"), goal=f"/reflections/{DRIVE}/")
    first, second = page.get_by_role("textbox").all()
    where = page.locator("[data-where]")
    learner.judge()

    first.focus()
    first.evaluate(PASTE, FROM_WORD)
    expect(first).to_have_value("Điều một tôi nhớ.\n\n- Điều hai\nvà ba.")
    first.fill("")
    first.press_sequentially(SENTENCE)
    expect(page.locator(".word-count").first).to_contain_text("11 từ · cần từ")
    expect(where).to_have_text("Mới giữ trên máy này, đang chờ lưu lên máy chủ…")
    expect(where).to_have_text(re.compile(r"^Đã lưu trên máy chủ lúc \d\d:\d\d$"))
    page.reload()
    expect(first).to_have_value(SENTENCE.strip())
    learner.press("Xem lại và nộp")
    expect(page.get_by_role("alert")).to_contain_text("mới có 11 từ")
    learner.judge()

    learner.follow("Viết tiếp")
    first.fill(SENTENCE * 30)
    second.fill(SENTENCE * 30)
    learner.press("Xem lại và nộp")
    learner.waits_for("Đồng chí đọc lại lần cuối")
    learner.judge()
    page.get_by_role("checkbox").check()
    learner.press("Nộp bài thu hoạch")
    expect(page).to_have_title(re.compile("Biên nhận"))
    expect(page.locator(".receipt-no")).to_have_text(re.compile(r"^TH-\w{4}-\w{4}$"))
    expect(page.get_by_role("definition").filter(has_text=re.compile("^660$"))).to_be_visible()
    with page.expect_download() as download:
        learner.follow("Tải bản PDF")
    assert download.value.suggested_filename.endswith(".pdf")
    learner.judge()


def test_a_cadre_sees_what_came_of_it(visit: Visit, learner: Visitor, somebody: Somebody) -> None:
    learner.sign_in(somebody("có kết quả"))
    learner.judge()

    learner.page.goto(f"/grading/result/{DRIVE}")

    assert learner.heading() == "Kết quả bài thu hoạch"
    learner.judge()


def test_a_returned_reflection_says_why(learner: Visitor) -> None:
    learner.sign_in("hocvien101")
    learner.judge()

    learner.follow("Viết tiếp bài thu hoạch")

    learner.waits_for("Bài mới nêu chung chung.")
    learner.judge()
    learner.follow("Lịch sử bài viết")
    learner.waits_for("Mỗi lần lưu giữ lại một bản")
    learner.judge()


def test_a_reviewer_marks_by_keyboard_and_the_lead_releases(visit: Visit, width: int) -> None:
    reviewer = visit(width=width)
    page = reviewer.page
    reviewer.sign_in("giamkhao1")
    reviewer.waits_for("Nộp trước chấm trước")
    reviewer.judge()

    reviewer.follow("Chấm bài tiếp theo")
    page.wait_for_load_state()
    author = reviewer.heading()
    scores = page.locator("input[data-weight]")
    expect(scores.first).to_be_focused()
    reviewer.judge()
    page.keyboard.press("?")
    reviewer.waits_for("cho điểm tiêu chí đang chọn")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.keyboard.press("c")
    page.keyboard.type("Cụ thể, đúng việc.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".remarks mark, .essay mark")).to_have_count(1)

    page.reload()
    expect(page.locator(".essay mark")).to_have_count(1)
    page.locator("[data-desk][data-following]").wait_for()
    expect(scores.first).to_be_focused()
    keys = ("8", "7", "7", "9", "Enter")
    assert len(keys) == scores.count() + 1
    for key in keys[:-1]:
        page.keyboard.press(key)
    expect(page.get_by_text("Điểm chung")).to_contain_text("7,")
    page.evaluate("window.isStillHere = true")
    page.keyboard.press(keys[-1])
    reviewer.waits_for(f"Đã lưu điểm bài của {author}.")
    assert reviewer.heading() != author
    assert page.evaluate("window.isStillHere"), "the next essay was fetched beforehand and is shown without a new page"
    second = reviewer.heading()

    for key in ("7", ",", "5", "Enter"):
        page.keyboard.press(key)
    expect(scores.first).to_have_value("7,5")
    expect(page.get_by_text("Đã giữ trên máy chủ")).to_be_visible()
    elsewhere = visit(width=width)
    elsewhere.sign_in("giamkhao1", goal=urlsplit(page.url).path)
    assert elsewhere.heading() == second
    expect(elsewhere.page.locator("input[data-weight]").first).to_have_value("7,5")
    expect(elsewhere.page.locator("input[data-weight]").nth(1)).to_be_focused()
    elsewhere.page.locator("[data-desk][data-following]").wait_for()
    for key in ("7", "7", "9", "Enter"):
        elsewhere.page.keyboard.press(key)
    elsewhere.waits_for(f"Đã lưu điểm bài của {second}.")

    page.goto("/grading/release")
    page.get_by_role("main").get_by_role("listitem").get_by_role("link").first.click()
    reviewer.judge()
    page.get_by_role("link", name="Xem trước").filter(has_text=author).click()
    reviewer.waits_for("Chưa ai được báo")
    reviewer.judge()
    page.go_back()
    page.get_by_role("checkbox", name=author).check()
    reviewer.press("Chỉ công bố các bài đã đánh dấu")
    reviewer.waits_for("Đã công bố 1 kết quả. Mỗi người nhận một thông báo.")
    assert page.get_by_role("checkbox", name=author).count() == 0


def test_a_leader_goes_from_the_number_to_the_names_to_the_sheet(visit: Visit, width: int, tmp_path: Path) -> None:
    leader = visit(width=width)
    page = leader.page
    leader.sign_in("lanhdao", goal="/reports/")
    leader.judge()
    leader.follow("Lớp bồi dưỡng")
    leader.waits_for("Các đơn vị trực thuộc")
    leader.judge()

    tile = page.get_by_role("listitem").filter(has_text="Đang học").first
    number = int(tile.locator("strong").inner_text())
    tile.get_by_role("link").click()
    leader.waits_for(f"Đang học: {number} người")
    assert page.get_by_role("row").count() == number + 1
    leader.judge()
    with page.expect_download() as download:
        leader.follow("Tải bảng tính")
    download.value.save_as(tmp_path / "tien-do.xlsx")
    cells = [cell for row in load_workbook(tmp_path / "tien-do.xlsx").active.values for cell in row]
    assert cells.count("Đang học") == number

    page.go_back()
    page.get_by_role("table").get_by_role("link").first.click()
    leader.waits_for("Công đoàn cơ sở")
    leader.judge()


def test_an_author_reads_what_learners_read(visit: Visit, width: int) -> None:
    author = visit(width=width)
    page = author.page
    author.sign_in("biensoan")
    author.waits_for("Chuyên đề đã xuất bản")
    author.judge()

    page.get_by_role("table").get_by_role("link").first.click()
    author.waits_for("Ngân hàng câu hỏi, có đáp án")
    page.locator("summary").first.click()
    expect(page.get_by_text("Đáp án đúng").first).to_be_visible()
    author.judge()
    page.get_by_role("list").get_by_role("link").filter(has_text="phút").first.click()
    author.waits_for("Nguồn")
    author.judge()


def test_an_organiser_looks_after_a_drive(visit: Visit, width: int) -> None:
    organiser = visit(width=width)
    page = organiser.page
    organiser.sign_in("bantochuc")
    organiser.waits_for("Mở đợt mới")
    organiser.judge()

    organiser.follow("Lớp bồi dưỡng")
    organiser.waits_for("Văn bản căn cứ")
    page.get_by_text("Thêm buổi").first.click()
    organiser.judge()
    organiser.follow("Sửa kế hoạch")
    page.get_by_label("Số buổi phải dự").fill("5")
    organiser.judge()
    organiser.press("Lưu kế hoạch")
    organiser.waits_for("dự ít nhất 5 buổi")

    organiser.follow("Danh sách triệu tập")
    page.get_by_role("searchbox").fill("cb0001")
    organiser.press("Tìm")
    organiser.waits_for("1 người")
    page.locator("summary").filter(has_text="Rút tên").click()
    organiser.judge()

    page.goto(f"/drives/{DRIVE}")
    organiser.follow("Ngày 1, buổi sáng")
    first = page.get_by_role("combobox").first
    first.select_option("Vắng" if "Có mặt" in first.locator("option:checked").inner_text() else "Có mặt")
    organiser.judge()
    organiser.press("Lưu điểm danh")
    organiser.waits_for("Đã lưu điểm danh: 1 thay đổi.")


def test_an_administrator_finds_somebody_without_diacritics_and_gives_a_code(visit: Visit, width: int) -> None:
    admin = visit(width=width)
    page = admin.page
    admin.sign_in("quantri", goal="/people/")
    admin.waits_for("Cán bộ trong đơn vị")

    page.get_by_role("searchbox").fill("dang")
    admin.press("Tìm")
    page.wait_for_load_state()
    found = page.get_by_role("table").get_by_role("link").all_inner_texts()
    assert found
    assert [name for name in found if "Đặng" not in name] == []
    admin.judge()
    page.get_by_role("table").get_by_role("link").first.click()
    admin.press("Cấp mã dùng một lần")
    expect(page.get_by_role("status").get_by_text(CODE)).to_be_visible()
    admin.judge()


PAGES = (
    ("", "/help"),
    ("bantochuc", "/drives/new"),
    ("bantochuc", "/units/"),
    ("giamkhao2", "/grading/?show=graded"),
    ("hocvien018", "/people/me"),
    ("hocvien018", "/people/password"),
    ("hocvien018", "/khong-co-trang-nay"),
    ("hocvien018", "/grading/"),
    ("kiemtra", "/"),
    ("quantri", "/people/?q=khong+co+ai"),
)
"""What no journey passes: a user name, and the page."""


def test_no_other_page_has_a_barrier(visit: Visit, width: int) -> None:
    for username in sorted({username for username, _path in PAGES}):
        visitor = visit(width=width, touches=username.startswith("hocvien"))
        visitor.forgive("404")
        visitor.forgive("403")
        if username:
            visitor.sign_in(username)
        for path in (path for owner, path in PAGES if owner == username):
            visitor.page.goto(path)
            visitor.judge()
