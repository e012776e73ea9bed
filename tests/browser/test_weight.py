"""What a learner's phone has to fetch, over a network that is slow and paid for by the megabyte."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func

import lms
from lms import create_app
from lms.content.models import LessonVersion, Module, ModuleVersion
from lms.db import db
from lms.demonstration import DRIVE
from tests.browser.conftest import Visit
from tests.browser.server import Server
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

MOST_AT_FIRST, MOST_AGAIN, MOST_STYLE = 100_000, 30_000, 20_000

Somebody = Callable[[str], str]


def weigh(visitor: Visitor, path: str) -> int:
    """Bytes that come over the wire for the page and all that it asks for; what the browser has kept weighs nothing."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    visitor.page.goto(path, wait_until="networkidle")
    session.detach()
    assert sizes
    return round(sum(sizes))


def addresses(server: Server, visitor: Visitor) -> dict[str, str]:
    """The pages of somebody who is writing, the longest lesson and an attempt just started among them."""
    app = create_app(server.folder)
    with app.app_context():
        longest_first = func.length(LessonVersion.html).desc()
        pages = db.select(Module.slug, LessonVersion.key).join(Module.versions).join(ModuleVersion.lessons)
        slug, key = db.session.execute(pages.order_by(longest_first)).first() or ("", "")
        db.session.remove()
        db.engine.dispose()
    page = visitor.page
    page.goto(f"/quizzes/{DRIVE}/{slug}/")
    result = page.get_by_role("link", name=re.compile("^Lượt 1")).get_attribute("href")
    visitor.press("Bắt đầu làm bài")
    page.wait_for_url("**/attempts/*")
    return {
        "desk": "/",
        "module": f"/lessons/{DRIVE}/{slug}/",
        "longest lesson": f"/lessons/{DRIVE}/{slug}/{key}",
        "quiz": f"/quizzes/{DRIVE}/{slug}/",
        "attempt": page.url,
        "quiz result": result or "",
        "reflection": f"/reflections/{DRIVE}/",
        "papers": f"/papers/{DRIVE}/",
    }


def test_a_learner_page_is_light_at_first_and_lighter_after(visit: Visit, server: Server, somebody: Somebody) -> None:
    writer, author = visit(), visit()
    writer.sign_in(somebody("đang viết thu hoạch"))
    writer.waits_for("Việc tiếp theo")
    author.sign_in(somebody("đã nộp, chờ chấm"))
    author.waits_for("Việc tiếp theo")
    pages: list[tuple[str, Any, str]] = [
        *((name, writer, path) for name, path in addresses(server, writer).items()),
        ("receipt", author, f"/reflections/{DRIVE}/receipt"),
    ]

    weights = {}
    for name, owner, path in pages:
        window = visit(state=owner.context.storage_state())
        weights[name] = (weigh(window, path), weigh(window, path))
        assert "Đăng nhập" not in window.page.title()

    assert {name: both for name, both in weights.items() if both[0] > MOST_AT_FIRST or both[1] > MOST_AGAIN} == {}


def test_all_style_together_is_small() -> None:
    files = sorted((Path(lms.__file__).parent / "static" / "css").glob("*.css"))

    assert files
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= MOST_STYLE
