"""Somebody at a screen: signs in, looks around, and judges every page that is shown."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Locator, Request

from lms.demonstration import PASSWORD

PHONE, DESK = 360, 1280
HEIGHTS = {PHONE: 740, DESK: 800}
LEAST_TARGET = 44
DOUBLED_TEXT = "225%"
"""Twice the 112.5 % of base.css."""

PICTURES = os.environ.get("LMS_PICTURES")
"""A folder that keeps a picture of every judged page, for people to look at."""

EVERY_RULE: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
RULES_OF_COLOUR: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
RUN_AXE = """async (options) => {
  const found = await axe.run({ exclude: ["tbody > tr:nth-child(n + 6)"] }, options);
  return found.violations.flatMap((fault) => fault.nodes.map((node) => `${fault.id}: ${node.html.slice(0, 160)}`));
}"""
"""Five rows stand for all rows of a table; a hundred more would only take a hundred times as long."""

TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > room + 1)
    .slice(-3).map((one) => one.outerHTML.slice(0, 120));
}"""

TOO_SMALL = """(least) => {
  const isInText = (one) => one.closest("sup") ||
    [...one.parentElement.childNodes].some((node) => node.nodeType === 3 && /\\p{L}/u.test(node.data));
  return [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")]
    .filter((one) => one.checkVisibility() && !(one.tagName === "A" && isInText(one)))
    .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.width < least || box.height < least))
    .map(([one, box]) => `${Math.round(box.width)}×${Math.round(box.height)}: ${one.outerHTML.slice(0, 120)}`);
}"""


class Visitor:
    """A browser window of its own. Whatever the browser complains about is a fault, unless the test forgives it."""

    def __init__(
        self, browser: Browser, url: str, *, width: int, touches: bool, script: bool, state: Any, keeps: bool = False
    ) -> None:
        self.width, self.touches, self.url = width, touches, url
        self.context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": HEIGHTS[width]},
            java_script_enabled=script,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            storage_state=state,
            service_workers="allow" if keeps else "block",
        )
        self.context.set_default_timeout(20_000)
        self.context.on("request", self._note_request)
        self.context.on("console", self._note_console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.complaints: list[str] = []
        self.forgiven: list[str] = [] if keeps else ["Service Worker registration blocked"]
        self.page = self.context.new_page()

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:")):
            self.complaints.append(f"asked a stranger: {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def forgive(self, words: str) -> None:
        """What the browser says about an answer that the test wants: a refusal, a lost network."""
        self.forgiven.append(words)

    def leave(self) -> None:
        self.context.close()
        unforgiven = [one for one in self.complaints if not any(words in one for words in self.forgiven)]
        assert not unforgiven, "\n".join(unforgiven)

    # --- what people do

    def sign_in(self, username: str, secret: str = PASSWORD, *, goal: str = "/") -> None:
        """Come in with a secret that is right, and wait until the page behind the door is there."""
        self.page.goto(goal)
        self.fill_in_sign_in(username, secret)
        self.page.wait_for_url(lambda url: "/people/sign-in" not in url)

    def fill_in_sign_in(self, username: str, secret: str = PASSWORD) -> None:
        self.page.get_by_label("Tên đăng nhập").fill(username)
        self.page.get_by_label("Mật khẩu hoặc mã dùng một lần").fill(secret)
        self.press("Đăng nhập")

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("main").get_by_role("link", name=link).first.click()

    def answer(self, question: Locator) -> None:
        """Something for a question of whatever kind, by the keyboard alone."""
        boxes, lists = question.get_by_role("textbox").all(), question.get_by_role("combobox").all()
        if boxes or lists:
            for box in boxes:
                box.press_sequentially("7,5")
            for place, box in enumerate(lists):
                box.press("ArrowDown" if place else "End")
        else:
            question.locator("input").first.press("Space")

    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    def waits_for(self, words: str) -> None:
        self.page.get_by_text(words).first.wait_for()

    # --- what a page must be

    def judge(self) -> None:
        """No barrier in light or dark, no sideways scroll, even with doubled text at 320 px; targets fit a thumb."""
        self.page.wait_for_load_state()
        self._take_picture()
        faults = [*self._barriers(), *self._too_wide()]
        if self.touches and self.width == PHONE:
            faults += [f"small target {one}" for one in self.page.evaluate(TOO_SMALL, LEAST_TARGET)]
        assert not faults, "\n".join([self.page.url, *faults])

    def _barriers(self) -> list[str]:
        self.page.evaluate(AXE_SCRIPT)
        faults = self.page.evaluate(RUN_AXE, EVERY_RULE)
        self.page.emulate_media(color_scheme="dark")
        faults += [f"dark: {fault}" for fault in self.page.evaluate(RUN_AXE, RULES_OF_COLOUR)]
        self.page.emulate_media(color_scheme="light")
        return faults

    def _too_wide(self) -> list[str]:
        faults = [f"too wide: {one}" for one in self.page.evaluate(TOO_WIDE)]
        if self.width == PHONE:
            self.page.set_viewport_size({"width": 320, "height": HEIGHTS[PHONE]})
            self.page.evaluate("size => { document.documentElement.style.fontSize = size; }", DOUBLED_TEXT)
            faults += [f"too wide with doubled text: {one}" for one in self.page.evaluate(TOO_WIDE)]
            self.page.evaluate("() => document.documentElement.removeAttribute('style')")
            self.page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
        return faults

    def _take_picture(self) -> None:
        if PICTURES:
            name = re.sub(r"[^\w-]+", "-", urlsplit(self.page.url).path).strip("-") or "desk"
            self.page.screenshot(path=Path(PICTURES) / f"{name}-{self.width}.png", full_page=True)
