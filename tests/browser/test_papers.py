"""A reflection in a file or on paper, in a real browser: photos made small before they go out, a document read."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from lms import create_app
from lms.db import db
from lms.demonstration import DRIVE
from lms.uploads import services as uploads
from tests.browser.conftest import Visit
from tests.browser.server import Server
from tests.uploads.files import WORDS, a_docx

pytestmark = pytest.mark.browser

PAPERS = f"/papers/{DRIVE}/"


def a_phones_photo(leans: float) -> bytes:
    """Twelve million points with the noise of a phone at dusk, held on its side: more than four megabytes."""
    noise = Image.effect_noise((4000, 3000), 32).point(lambda grey: 110 + grey // 2)
    draw = ImageDraw.Draw(noise)
    for top in range(300, 2700, 120):
        draw.line((400, top, 3500, top), fill=60, width=14)
    exif = Image.Exif()
    exif[0x0112] = 3
    made = BytesIO()
    noise.rotate(leans, fillcolor=170).convert("RGB").save(made, "JPEG", quality=93, exif=exif.tobytes())
    return made.getvalue()


def the_worker_reads(server: Server) -> None:
    app = create_app(server.folder)
    with app.app_context():
        uploads.read_due(most=None)
        db.session.remove()
        db.engine.dispose()


def test_six_photos_are_made_small_before_they_go_out_put_in_order_and_handed_in(
    visit: Visit, somebody: Callable[[str], str], tmp_path: Path
) -> None:
    learner = visit(touches=True)
    page = learner.page
    learner.sign_in(somebody("đọc xong, chưa kiểm tra"), goal=f"/reflections/{DRIVE}/")
    learner.follow("Gửi tệp hoặc ảnh chụp bài viết")
    photo = a_phones_photo(3)
    photos = [tmp_path / f"{number}.jpg" for number in range(6)]
    for file in photos:
        file.write_bytes(photo)
    page.get_by_label("Chọn ảnh các trang").set_input_files(photos)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        learner.press("Gửi ảnh")
    expect(page.get_by_role("img")).to_have_count(6)

    assert 6 * len(photo) > 24_000_000
    assert int(sent.value.all_headers()["content-length"]) <= 2_000_000
    learner.judge()
    first = page.locator(".pages li").first
    number = first.get_attribute("id")
    first.get_by_role("button", name="Ra sau").press("Enter")
    expect(page.locator(".pages li").nth(1)).to_have_id(number or "")
    page.locator(".pages li").last.locator("summary").click()
    learner.press("Đúng, bỏ trang 6")
    expect(page.get_by_role("img")).to_have_count(5)
    learner.follow("Xem lại và nộp")
    learner.judge()
    page.get_by_role("checkbox").check()
    learner.press("Nộp bài thu hoạch")
    learner.waits_for("Ảnh chụp hoặc bản quét bài viết tay")
    learner.judge()


def test_a_document_is_read_while_its_author_waits_and_its_original_lies_with_the_text(
    visit: Visit, server: Server, somebody: Callable[[str], str]
) -> None:
    learner = visit()
    page = learner.page
    learner.sign_in(somebody("đọc xong, chưa kiểm tra"), goal=PAPERS)
    document: Any = {"name": "bai.docx", "mimeType": "application/zip", "buffer": a_docx([WORDS * 3] * 8)}
    page.get_by_label("Chọn tệp").set_input_files(document)
    learner.press("Gửi tệp")
    learner.waits_for("Đang đọc tệp…")
    learner.judge()

    the_worker_reads(server)

    learner.waits_for("Đã đọc xong, chờ đồng chí xem lại")
    learner.follow("Xem lại chữ đọc được")
    learner.judge()
    areas = page.get_by_role("textbox").all()
    assert WORDS in areas[0].input_value()
    for area in areas:
        area.fill(" ".join([WORDS] * 15))
    learner.press("Xác nhận, rồi xem lại để nộp")
    page.get_by_role("checkbox").check()
    learner.press("Nộp bài thu hoạch")
    learner.waits_for("Tệp văn bản, chữ đã đọc ra")
    with page.expect_download() as download:
        learner.follow("Tải tệp gốc .docx")
    assert download.value.suggested_filename.startswith("bai-thu-hoach-TH-")
