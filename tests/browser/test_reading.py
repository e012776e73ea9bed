"""Reading on a phone and at a desk: what changed, where one stopped, how large, on paper, and aloud."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask_migrate import upgrade
from playwright.sync_api import Browser, expect

from lms import MIGRATIONS, clock, create_app
from lms.access import Role
from lms.content import services as content
from lms.content.models import ModuleVersion
from lms.db import db
from lms.drives import services as drives
from lms.richtext import render
from lms.units.services import install_presets
from tests.browser.conftest import Visit
from tests.browser.server import Server, write_settings
from tests.browser.visitor import DESK, PHONE, Visitor
from tests.conftest import SECRET
from tests.factories import (
    PASSWORD,
    a_district,
    a_learner,
    a_place,
    a_plan,
    a_unit,
    read,
    the_sample,
    viewer,
    with_role,
)

pytestmark = pytest.mark.browser

LESSON = "/lessons/dot-mau/mau/mot"
BEFORE = """Công đoàn cơ sở nắm tình hình người lao động qua tổ công đoàn, qua hòm thư góp ý và qua gặp trực tiếp.[^A1]

## Nắm tình hình

Mỗi tháng, tổ trưởng tổ công đoàn ghi lại **ít nhất ba việc** mà người lao động quan tâm, kèm tên người phụ trách.

- Tiền lương, tiền thưởng và thời giờ làm việc.
- Bữa ăn ca và an toàn lao động.

## Mức chi

Mức chi hỏi thăm khi ốm đau là 300.000 đồng một lần.

| Việc | Mức chi |
|---|--:|
| Ốm đau | 300.000 |
| Hiếu | 500.000 |

Đoạn này nói về cách làm cũ và sẽ được bỏ đi.

## Báo cáo

"""
AFTER = (
    BEFORE.replace("ít nhất ba việc", "ít nhất năm việc")
    .replace("300.000 đồng một lần", "500.000 đồng một lần")
    .replace("| Ốm đau | 300.000 |", "| Ốm đau | 500.000 |")
    .replace("Đoạn này nói về cách làm cũ và sẽ được bỏ đi.", "!!! note\n    Chứng từ giữ ở công đoàn cơ sở.")
)
LONG = "\n\n".join(
    f"Đoạn {number}. Ban chấp hành họp, ghi biên bản và trả lời từng kiến nghị trong mười ngày; việc nào quá thẩm quyền"
    " thì gửi công đoàn cấp trên kèm văn bản. Xem [Luật Công đoàn](https://congdoan.example/luat)."
    for number in range(1, 16)
)


@dataclass
class Room:
    server: Server
    usernames: Iterator[str]
    """Learners who have read the lesson before it changed."""


@pytest.fixture(scope="module")
def room(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("reading")
    write_settings(folder, SECRET)
    app = create_app(folder)
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        install_presets()
        usernames = _fill()
        db.session.remove()
        db.engine.dispose()
    server = Server(folder)
    server.start()
    yield Room(server, iter(usernames))
    server.kill()


def _fill() -> list[str]:
    """A drive open around today, its readers, and then another text of its first lesson."""
    district, now = a_district(), clock.now()
    organiser = viewer(with_role(Role.ORGANISER, district))
    days = {"opens_at": -1, "reflection_due_at": 10, "closes_at": 20}
    window = {name: now + timedelta(days=count) for name, count in days.items()}
    drive = drives.create_drive("dot-mau", district, replace(a_plan(_version(BEFORE)), **window), by=organiser)
    learners = [a_learner(drive, a_unit(under=district), password=PASSWORD) for _ in range(12)]
    for learner in learners:
        read(a_place(learner, drive), "mot", at=now)
    drives.change_drive(drive, replace(a_plan(_version(AFTER)), **window), by=organiser)
    return [learner.account.username for learner in learners if learner.account]


def _version(text: str) -> ModuleVersion:
    rendered = render(text + LONG, lesson_url=lambda key: key)
    first, *others = the_sample().lessons
    lesson = replace(first, title="Chăm lo người lao động", html=rendered.html, headings=rendered.headings)
    version, _ = content.publish(replace(the_sample(), lessons=(lesson, *others)), by=None, at=clock.now())
    return version


def opened(visit: Visit, room: Room, path: str = LESSON, *, username: str = "", **how: object) -> Visitor:
    visitor = visit(room.server, **how)
    visitor.sign_in(username or next(room.usernames), PASSWORD, goal=path)
    visitor.page.wait_for_url(f"**{path}")
    return visitor


def test_a_cadre_sees_what_changed_since_they_read(visit: Visit, room: Room, width: int) -> None:
    learner = opened(visit, room, "/lessons/dot-mau/mau/", width=width, touches=True)
    page = learner.page
    learner.waits_for("Có thay đổi")
    learner.judge()
    learner.follow("Chăm lo người lao động")
    learner.waits_for("Đã thay đổi từ khi đồng chí đọc.")
    learner.judge()

    learner.follow("Xem những chỗ thay đổi")
    expect(page.locator(".text ins")).to_have_text([" năm", " 500.000", "500.000", "Ghi chú", re.compile("^Chứng từ")])
    expect(page.locator(".text del")).to_have_text([" ba", " 300.000", "300.000", re.compile("^Đoạn này")])
    mark = page.locator(".text del").first
    assert "line-through" in mark.evaluate("one => getComputedStyle(one).textDecorationLine")
    assert "bỏ" in mark.evaluate("one => getComputedStyle(one, '::before').content")
    learner.judge()

    learner.press("Đã đọc xong")
    page.wait_for_url("**/hai")
    page.goto(LESSON)
    assert page.get_by_text("Đã thay đổi từ khi đồng chí đọc.").count() == 0


def test_a_cadre_goes_on_reading_on_another_device(visit: Visit, room: Room) -> None:
    username = next(room.usernames)
    phone = opened(visit, room, username=username, touches=True)
    target = phone.page.get_by_text("Đoạn 9.")
    with phone.page.expect_request("**/place") as noted:
        target.evaluate("one => one.scrollIntoView()")
    assert noted.value.response().status == 204

    desk = opened(visit, room, username=username, width=DESK)
    link = desk.page.get_by_role("link", name="Đọc tiếp từ chỗ dừng")
    assert desk.page.evaluate("scrollY") == 0
    desk.judge()
    link.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("Đoạn 9.")).to_be_in_viewport()
    desk.page.goto("/lessons/dot-mau/mau/")
    expect(desk.page.get_by_text("Có thay đổi")).to_be_visible()  # no credit for time


def test_a_place_is_kept_when_the_page_is_left_at_once(visit: Visit, room: Room) -> None:
    learner = opened(visit, room)
    page = learner.page
    page.get_by_role("button", name="In bài này").wait_for()  # the scripts are there
    page.get_by_text("Đoạn 3.").evaluate("one => one.scrollIntoView()")
    page.goto("/")
    link = page.get_by_role("link", name="Đọc tiếp từ chỗ dừng")
    for _turn in range(20):  # what is sent in leaving may arrive after the next page was asked for
        page.goto(LESSON)
        if link.is_visible():
            break
        page.wait_for_timeout(250)
    expect(link).to_have_attribute("href", re.compile("^#doan-"))


def test_text_size_and_contrast_go_with_the_person(visit: Visit, room: Room, width: int) -> None:
    username = next(room.usernames)
    learner = opened(visit, room, username=username, width=width, touches=True)
    page = learner.page
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    normal = page.evaluate(size)

    learner.follow("Cỡ chữ, tương phản")
    expect(page).to_have_url(re.compile("#hien-thi$"))
    page.get_by_label("Rất lớn").check()
    page.get_by_label("Tương phản cao").check()
    learner.judge()
    learner.press("Lưu cách hiển thị")
    page.wait_for_url(f"**{LESSON}")
    assert page.evaluate(size) > 1.3 * normal
    learner.judge()
    page.set_viewport_size({"width": 320, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320

    other = opened(visit, room, f"{LESSON}/changes", username=username)
    assert other.page.evaluate(size) > 1.3 * normal
    other.judge()
    other.page.emulate_media(media="print")
    assert other.page.evaluate(size) > 23  # 18 pt


def test_a_lesson_and_the_handbook_on_paper(visit: Visit, room: Room, width: int) -> None:
    learner = opened(visit, room, "/lessons/dot-mau/mau/", width=width, touches=True)
    page = learner.page
    learner.follow("Sổ tay để in của cả đợt")
    learner.waits_for("Mục lục")
    learner.judge()
    page.get_by_role("link", name="1.2. Bài hai").click()
    expect(page.get_by_role("heading", name="1.2. Bài hai")).to_be_in_viewport()

    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})
    for hidden in (page.get_by_role("navigation", name="Chính"), page.get_by_role("button"), page.locator(".tools")):
        expect(hidden.first).to_be_hidden()
    expect(page.get_by_text("Mục lục")).to_be_visible()
    assert page.locator(".chapter").first.evaluate("one => getComputedStyle(one).breakBefore") == "page"
    address = page.locator(".chapter a[href^=http]").first
    assert "congdoan.example/luat" in address.evaluate("one => getComputedStyle(one, '::after').content")
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    page.goto(LESSON)
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.get_by_role("heading", name="Nguồn")).to_be_visible()
    page.emulate_media(media="screen")


VOICES = """
const spoken = window.spoken = [];
Object.defineProperty(window, "speechSynthesis", { value: Object.assign(new EventTarget(), {
  getVoices: () => LANGUAGES.map((lang) => ({ lang, name: lang })),
  cancel: () => {},
  speak: (one) => { spoken.push(one.text); window.ends = () => one.onend(); },
}) });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


def test_a_device_with_a_vietnamese_voice_reads_aloud(visit: Visit, room: Room) -> None:
    learner = visit(room.server, width=PHONE, touches=True)
    page = learner.page
    page.add_init_script(VOICES.replace("LANGUAGES", '["en-US", "vi-VN"]'))
    learner.sign_in(next(room.usernames), PASSWORD, goal=LESSON)

    learner.press("Nghe đọc bài")
    expect(page.locator(".aloud")).to_contain_text("Công đoàn cơ sở nắm tình hình")
    page.evaluate("ends()")
    page.evaluate("ends()")
    expect(page.locator(".aloud")).to_contain_text("Mỗi tháng")
    learner.judge()
    learner.press("Tạm dừng")
    page.evaluate("ends()")
    assert page.evaluate("spoken.length") == 3
    learner.press("Nghe tiếp")
    assert page.evaluate("spoken[3] === spoken[2]")
    learner.press("Dừng đọc")
    expect(page.locator(".aloud")).to_have_count(0)
    expect(page.get_by_role("button", name="Nghe đọc bài")).to_be_focused()
    assert page.evaluate("spoken[0]") == (
        "Công đoàn cơ sở nắm tình hình người lao động qua tổ công đoàn, qua hòm thư góp ý và qua gặp trực tiếp."
    )


def test_a_device_without_a_vietnamese_voice_shows_no_button(visit: Visit, room: Room) -> None:
    learner = visit(room.server)
    learner.page.add_init_script(VOICES.replace("LANGUAGES", '["en-US"]'))
    learner.sign_in(next(room.usernames), PASSWORD, goal=LESSON)

    expect(learner.page.get_by_role("button", name="In bài này")).to_be_visible()
    assert learner.page.get_by_role("button", name="Nghe đọc bài").count() == 0


def test_all_of_it_works_without_script(visit: Visit, room: Room) -> None:
    username = next(room.usernames)
    with_script = opened(visit, room, username=username)
    with with_script.page.expect_request("**/place"):
        with_script.page.get_by_text("Đoạn 9.").evaluate("one => one.scrollIntoView()")

    learner = opened(visit, room, username=username, script=False)
    page = learner.page
    assert page.get_by_role("button", name="In bài này").count() == 0
    learner.follow("Đọc tiếp từ chỗ dừng")
    expect(page.get_by_text("Đoạn 9.")).to_be_in_viewport()
    learner.follow("Xem những chỗ thay đổi")
    learner.waits_for("So với bản đồng chí đã đọc")
    learner.follow("Đọc bài không đánh dấu")
    learner.follow("Cỡ chữ, tương phản")
    page.get_by_label("Lớn", exact=True).check()
    learner.press("Lưu cách hiển thị")
    learner.waits_for("Đã lưu cách hiển thị.")
    page.goto("/lessons/dot-mau/handbook")
    learner.waits_for("Lưu thành PDF")
