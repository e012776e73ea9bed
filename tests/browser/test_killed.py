"""The browser dies in mid-sentence, as when a battery is empty: what was typed is there when it comes back."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lms.demonstration import DRIVE, PASSWORD
from tests.browser.server import Server
from tests.conftest import CHROMIUM

pytestmark = pytest.mark.browser

WRITE = f"/reflections/{DRIVE}/"
SWITCHES = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0")
A_MOMENT = 300
"""Milliseconds between the last key and the end; here nothing ever reaches the server."""
HALF_A_SENTENCE = "Sáng nay tổ 2 họp, mười một người góp ý về ca đêm và tôi"


@contextmanager
def a_browser(folder: Path, browser: Browser) -> Iterator[tuple[Page, subprocess.Popen[bytes]]]:
    """A process of its own with what it kept in a folder, to be killed and started again."""
    assert CHROMIUM is not None
    address = folder / "DevToolsActivePort"
    address.unlink(missing_ok=True)
    command = [CHROMIUM, *SWITCHES, f"--user-data-dir={folder}", "about:blank"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        end = time.monotonic() + 30
        while not (address.exists() and address.read_text().count("\n")) and time.monotonic() < end:
            time.sleep(0.05)
        joined = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{address.read_text().split()[0]}")
        yield joined.contexts[0].new_page(), process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def come_to_write(page: Page, server: Server, username: str) -> None:
    """Sign in where the sign-in was lost as well: browsers write their cookies down only now and then."""
    page.goto(f"{server.url}{WRITE}")
    if "/people/sign-in" in page.url:
        page.get_by_label("Tên đăng nhập").fill(username)
        page.get_by_label("Mật khẩu hoặc mã dùng một lần").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url(f"**{WRITE}")


def test_a_browser_killed_in_mid_sentence_has_kept_it(
    browser: Browser, server: Server, somebody: Callable[[str], str], tmp_path: Path
) -> None:
    username = somebody("đang đọc")
    with a_browser(tmp_path, browser) as (page, process):
        come_to_write(page, server, username)
        page.route(f"**{WRITE}", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
        page.get_by_role("textbox").first.press_sequentially(HALF_A_SENTENCE)
        expect(page.locator("[data-where]")).to_have_text(re.compile("Mới giữ trên máy này|Chỉ có trên máy này"))
        page.wait_for_timeout(A_MOMENT)
        kill(process)

    with a_browser(tmp_path, browser) as (page, _process):
        come_to_write(page, server, username)
        expect(page.get_by_role("textbox").first).to_have_value(HALF_A_SENTENCE)
        expect(page.locator("[data-where]")).to_have_text(re.compile("^Đã lưu trên máy chủ lúc "))
        page.reload()
        expect(page.get_by_role("textbox").first).to_have_value(HALF_A_SENTENCE)
