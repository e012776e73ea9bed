"""One server with the demonstration's district for all browser tests of a run, and people who visit it."""

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from lms.demonstration import STAGES
from tests.browser.server import Server, fill_with_demonstration, write_settings
from tests.browser.visitor import DESK, PHONE, Visitor
from tests.conftest import SECRET

Visit = Callable[..., Visitor]

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Asked for after `browser`, so that a machine without one does not wait for the district."""
    folder = tmp_path_factory.mktemp("demonstration")
    write_settings(folder, SECRET)
    fill_with_demonstration(folder)
    running = Server(folder)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Open windows; when the test is over, each must have nothing to complain about."""
    visitors = []

    def open_window(
        at: Server | None = None, *, width: int = PHONE, touches: bool = False, script: bool = True, state: Any = None
    ) -> Visitor:
        place = at or request.getfixturevalue("server")
        visitors.append(Visitor(browser, place.url, width=width, touches=touches, script=script, state=state))
        return visitors[-1]

    yield open_window
    for visitor in visitors:
        visitor.leave()


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="session")
def somebody() -> Callable[[str], str]:
    """The user name of a learner of the demonstration at this stage, another one each time."""
    ends = list(accumulate(count for _stage, count in STAGES))
    places = {stage: iter(range(end - count + 1, end + 1)) for (stage, count), end in zip(STAGES, ends, strict=True)}
    return lambda stage: f"hocvien{next(places[stage]):03}"
