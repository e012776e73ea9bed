"""One server with the demonstration's district for all browser tests of a run, and people who visit it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from lms import clock
from lms.access import Role
from lms.demonstration import DRIVE, STAGES
from lms.drives import services as drives
from tests.browser.server import Server, fill_with_demonstration, write_settings
from tests.browser.visitor import DESK, PHONE, Visitor
from tests.conftest import SECRET
from tests.factories import PASSWORD as FACTORY_PASSWORD
from tests.factories import a_district, a_learner, a_plan, a_unit, a_version, viewer, with_role

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
        at: Server | None = None,
        *,
        width: int = PHONE,
        touches: bool = False,
        script: bool = True,
        state: Any = None,
        keeps: bool = False,
    ) -> Visitor:
        """`keeps` lets the browser keep pages for the hours without a network, as every real one does."""
        place = at or request.getfixturevalue("server")
        visitors.append(
            Visitor(browser, place.url, width=width, touches=touches, script=script, state=state, keeps=keeps)
        )
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


@pytest.fixture
def mortal(database_url: str, db: object, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A server of its own, on both databases, and the user name of its only learner."""
    district = a_district()
    organiser, version = viewer(with_role(Role.ORGANISER, district)), a_version()
    now = clock.now()
    plan = replace(
        a_plan(version),
        opens_at=now - timedelta(days=1),
        reflection_due_at=now + timedelta(days=10),
        closes_at=now + timedelta(days=20),
    )
    drive = drives.create_drive(DRIVE, district, plan, by=organiser)
    learner = a_learner(drive, a_unit(under=district), password=FACTORY_PASSWORD)
    write_settings(tmp_path, SECRET, database_url)
    server = Server(tmp_path)
    server.start()
    assert learner.account is not None
    yield server, learner.account.username
    server.kill()
