"""The real server in processes of its own, and people who use it over HTTP."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lms import clock
from lms.access import Role
from lms.drives import services as drives
from lms.drives.models import Drive
from lms.people.models import Person
from tests.conftest import SECRET
from tests.factories import PASSWORD, a_district, a_learner, a_plan, a_unit, a_version, viewer, with_role


def a_drive_of_today() -> Drive:
    """The server has the real clock, so its drive is open around the real day."""
    district, now = a_district(), clock.now()
    window = {"opens_at": now - timedelta(days=1), "reflection_due_at": now + timedelta(days=1)}
    plan = replace(a_plan(a_version()), **window, closes_at=now + timedelta(days=2))
    return drives.create_drive("dot-mau", district, plan, by=viewer(with_role(Role.ORGANISER, district)))


def a_learner_with_password(drive: Drive) -> Person:
    return a_learner(drive, a_unit(), password=PASSWORD)


class Server:
    """`lms serve` on a free port, in a process group of its own."""

    def __init__(self, folder: Path, database_url: str, *, processes: int, threads: int) -> None:
        self.folder, self.log = folder, folder / "server.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        facts = {"SECRET_KEY": SECRET, "DATABASE_URL": database_url, "PORT": self.port}
        facts |= {"PROCESSES": processes, "THREADS": threads}
        folder.mkdir(exist_ok=True)
        (folder / "settings.toml").write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in facts.items()), "utf-8")

    def start(self) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
        command = [sys.executable, "-m", "lms", "--instance", str(self.folder), "serve", "--no-worker"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=own, stdout=log, stderr=log, start_new_session=True)
        patience = time.monotonic() + 90
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > patience:
                raise AssertionError(f"the server did not start:\n{self.said}")
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            return Browser(self.port).get("/people/sign-in").status == 200
        except (OSError, HTTPException):
            return False

    def kill(self) -> None:
        """No process of the server may say goodbye: as when the machine loses power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")


@contextmanager
def running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.kill()


@dataclass(frozen=True)
class Page:
    status: int
    text: str
    location: str

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


class Browser:
    """A person at the server. Threads may share it once it is signed in: it then only reads its cookies."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies, self.token = port, "", ""

    def get(self, path: str) -> Page:
        return self._send("GET", path, None, {})

    def post_form(self, path: str, fields: Mapping[str, str | int]) -> Page:
        form = urlencode({"csrf_token": self.token, **fields})
        return self._send("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded"})

    def post_json(self, path: str, body: object) -> Page:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": self.token}
        return self._send("POST", path, json.dumps(body), headers)

    def sign_in(self, person: Person) -> "Browser":
        assert person.account is not None
        self._look_at("/people/sign-in")
        answer = self.post_form("/people/sign-in", {"username": person.account.username, "secret": PASSWORD})
        assert answer.status == 302, answer.text
        self._look_at("/help")
        return self

    def _look_at(self, path: str) -> None:
        """Take up the token of a page."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get(path).text)
        assert found, "the page has no token"
        self.token = unescape(found[1])

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Page:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Cookie": self.cookies, **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
            for cookie in answer.headers.get_all("Set-Cookie") or []:
                if cookie.startswith("session="):
                    self.cookies = cookie.partition(";")[0]
            return Page(answer.status, text, answer.headers.get("Location", ""))
        finally:
            connection.close()
