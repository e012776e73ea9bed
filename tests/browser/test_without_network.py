"""Hours without a network: what was opened stays usable, what is written goes out by itself and once, and nothing of
one person is left for the next one on the same device.
"""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from lms.access import Role
from lms.content.models import Module
from lms.db import db as database
from lms.demonstration import DRIVE
from lms.drives.models import Drive
from lms.reflections.models import Reflection, Revision
from lms.units.models import Unit
from tests.browser.conftest import Visit
from tests.browser.server import Server
from tests.browser.visitor import Visitor
from tests.factories import PASSWORD as FACTORY_PASSWORD
from tests.factories import a_changed_version, moved_to, with_role

pytestmark = pytest.mark.browser

WRITE = f"/reflections/{DRIVE}/"
SAVED = re.compile(r"^Đã lưu trên máy chủ lúc ")
MORNING, NOON, EVENING = "Sáng: tổ 2 họp.", "Trưa: mười một người góp ý.", "Tối: tôi viết biên bản."
KEPT = """async () => {
  const names = (await caches.keys()).filter((name) => !name.startsWith("static-"));
  const pages = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  const database = await new Promise((done) => {
    const asked = indexedDB.open("thu-hoach");
    asked.onsuccess = () => done(asked.result);
  });
  const records = !database.objectStoreNames.length ? [] : await new Promise((done) => {
    const asked = database.transaction("records").objectStore("records").getAll();
    asked.onsuccess = () => done(asked.result);
  });
  database.close();
  return {
    pages: pages.flat().map((one) => new URL(one.url).pathname),
    records: records.map((one) => one.kind),
    waiting: records.filter((one) => one.waits).length,
  };
}"""
NOTHING = {"pages": [], "records": [], "waiting": 0}


def come_in(visit: Visit, mortal: tuple[Server, str]) -> Visitor:
    server, username = mortal
    learner = visit(server, keeps=True)
    learner.forgive("ERR_INTERNET_DISCONNECTED")
    learner.forgive("ERR_FAILED")
    learner.sign_in(username, FACTORY_PASSWORD)
    learner.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return learner


def test_twenty_minutes_without_network_cost_no_word(visit: Visit, mortal: tuple[Server, str], db: object) -> None:
    learner = come_in(visit, mortal)
    page, text = learner.page, learner.page.get_by_role("textbox").first
    slug = database.session.scalars(select(Module.slug)).one()
    learner.follow("Bắt đầu đọc")
    lesson, heading = page.url, learner.heading()
    page.goto(WRITE)
    text.fill(MORNING)
    learner.press("Lưu")
    expect(page.locator("[data-where]")).to_have_text(SAVED)
    page.clock.install()
    page.reload()

    learner.context.set_offline(True)
    page.reload()
    learner.waits_for("Đây là trang đồng chí đã mở lúc")
    expect(text).to_have_value(MORNING)
    learner.judge()
    text.fill(f"{MORNING} {NOON}")
    page.clock.fast_forward("20:00")
    expect(page.locator("[data-where]")).to_have_text("Chỉ có trên máy này, đang chờ mạng.")
    page.reload()
    expect(text).to_have_value(f"{MORNING} {NOON}")
    text.fill(f"{MORNING} {NOON} {EVENING}")
    page.goto(lesson)
    assert learner.heading() == heading
    page.get_by_role("link", name="Xem phần chưa gửi").click()
    learner.waits_for("Chỉ có trên máy này, đang chờ gửi")
    learner.judge()
    page.goto(f"/quizzes/{DRIVE}/{slug}/")
    learner.waits_for("Phần chưa gửi")
    page.close()
    moved_to(a_changed_version(), database.session.scalars(select(Drive)).one())

    learner.context.set_offline(False)
    learner.page = learner.context.new_page()
    learner.page.goto("/")
    learner.page.wait_for_function(f"async () => (await ({KEPT})()).waiting === 0")
    expect(learner.page.get_by_text("Chưa gửi: 1 bài viết")).to_be_hidden()

    database.session.rollback()  # and so begin to read anew
    held = database.session.scalars(select(Reflection)).one()
    rows = database.session.scalars(select(Revision).order_by(Revision.number)).all()
    assert [row.texts for row in rows][-1] == held.texts
    assert [" ".join(row.texts.values()).strip() for row in rows] == [
        MORNING,
        f"{MORNING} {NOON}",
        f"{MORNING} {NOON} {EVENING}",
    ]
    learner.page.goto(WRITE)
    expect(learner.page.get_by_role("textbox").first).to_have_value(f"{MORNING} {NOON} {EVENING}")
    assert learner.page.get_by_text("Có hai bản khác nhau").count() == 0


AGED = """async (hours) => {
  for (const name of (await caches.keys()).filter((one) => one.startsWith("pages-"))) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const found = await cache.match(request);
      const headers = new Headers(found.headers);
      headers.set("Date", new Date(Date.now() - hours * 3_600_000).toUTCString());
      await cache.put(request, new Response(await found.text(), { headers }));
    }
  }
}"""


def test_a_page_is_kept_no_longer_than_a_sign_in_may_rest(visit: Visit, mortal: tuple[Server, str]) -> None:
    learner = come_in(visit, mortal)
    page, text = learner.page, learner.page.get_by_role("textbox").first
    page.goto(WRITE)
    page.wait_for_function(f"async () => (await ({KEPT})()).pages.includes({WRITE!r})")
    learner.context.set_offline(True)
    text.fill(MORNING)
    expect(page.locator("[data-where]")).to_have_text("Chỉ có trên máy này, đang chờ mạng.")
    page.evaluate(AGED, 11)
    page.goto(WRITE)
    learner.waits_for("Đây là trang đồng chí đã mở lúc")

    page.evaluate(AGED, 13)
    page.goto(WRITE)

    learner.waits_for("Chỉ có trên máy này, đang chờ gửi")
    page.wait_for_function(f"async () => !(await ({KEPT})()).pages.length")
    expect(page.get_by_role("heading", name="Trang mở được khi không có mạng")).to_be_hidden()
    left = page.evaluate(KEPT)
    assert (left["records"], left["waiting"]) == (["draft"], 1)


def test_signing_out_and_another_person_leave_nothing_behind(visit: Visit, mortal: tuple[Server, str]) -> None:
    _server, username = mortal
    unit = database.session.scalars(select(Unit)).first()
    leader = with_role(Role.LEADER, unit, password=FACTORY_PASSWORD)
    learner = come_in(visit, mortal)
    learner.forgive("401")
    page, text, where = learner.page, learner.page.get_by_role("textbox").first, learner.page.locator("[data-where]")
    page.goto(WRITE)
    text.fill(MORNING)
    learner.press("Lưu")
    expect(where).to_have_text(SAVED)
    page.wait_for_load_state("networkidle")
    page.goto("/people/me")
    left = page.evaluate(KEPT)
    assert WRITE in left["pages"]
    assert left["records"] == ["draft"]

    learner.press("Đăng xuất")
    learner.waits_for("Đồng chí đã đăng xuất.")
    assert page.evaluate(KEPT) == NOTHING

    learner.fill_in_sign_in(username, FACTORY_PASSWORD)
    page.wait_for_url("**/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(WRITE)
    learner.context.set_offline(True)
    text.fill(f"{MORNING} {NOON}")
    expect(where).to_have_text("Chỉ có trên máy này, đang chờ mạng.")
    learner.context.clear_cookies()
    learner.context.set_offline(False)
    page.goto("/people/sign-in")
    learner.waits_for("Trên máy này còn 1 bài viết chưa gửi lên máy chủ.")
    learner.judge()
    assert page.evaluate(KEPT) == {**NOTHING, "records": ["draft"], "waiting": 1}
    learner.fill_in_sign_in(leader.account.username, FACTORY_PASSWORD)
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.locator("html[data-owner]").wait_for()
    page.goto("/offline")
    learner.waits_for("Không còn gì chờ gửi trên máy này.")
    page.wait_for_function(f"async () => (await ({KEPT})()).records.length === 0")
    assert WRITE not in page.evaluate(KEPT)["pages"]
