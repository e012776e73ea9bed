"""A real server in processes of its own: what the browser talks to, and what can be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from flask import Flask
from flask_migrate import upgrade

from lms import MIGRATIONS, clock, create_app, demonstration, serving
from lms.db import db
from lms.units.services import install_presets

ROOT = Path(__file__).parents[2]
SERVE = (
    "import sys; from lms import create_app, serving; "
    "serving.serve(create_app(sys.argv[1]), with_worker=False, target='tests.browser.server:application')"
)
LATER = "later"
"""A file in the folder of a server: by so many seconds its clock is ahead."""
PATIENCE = 60
"""Seconds that a server may take to answer for the first time on a busy machine."""


def application() -> Flask:
    """The program on a clock that a test can put forward while it runs."""
    app = serving.application()
    real, later = clock.now, Path(app.instance_path) / LATER

    def shifted() -> datetime:
        return real() + timedelta(seconds=int(later.read_text()) if later.exists() else 0)

    clock.now = shifted
    return app


class Server:
    """The program on an instance folder. It comes back on the same port, as after a power cut."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "LMS_PORT": str(self.port)}
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(self.folder)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def put_forward(self, seconds: int) -> None:
        (self.folder / LATER).write_text(str(seconds))

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(URLError, ConnectionError, TimeoutError), urlopen(f"{self.url}/help", timeout=5):
                return
            time.sleep(0.05)
        raise AssertionError(f"the server does not answer:\n{self.log()}")

    def log(self) -> str:
        return (self.folder / "server.log").read_text("utf-8")

    def kill(self) -> None:
        """Like a power cut: no process of the server gets to do anything more."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def write_settings(folder: Path, secret: str, database_url: str = "") -> None:
    folder.mkdir(exist_ok=True)
    lines = (f'SECRET_KEY = "{secret}"', f'DATABASE_URL = "{database_url}"')
    (folder / "settings.toml").write_text("\n".join(lines), "utf-8")


def fill_with_demonstration(folder: Path) -> None:
    """The demonstration's district with its learners at every stage, as `lms demo` makes it."""
    app = create_app(folder)
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        install_presets()
        demonstration.fill(ROOT / "content", show=lambda _line: None)
        db.session.remove()
        db.engine.dispose()
