"""`lms load`: a rush of people, through the whole server over HTTP.

Requests go out by a timetable, whether or not earlier ones have been answered, and a latency counts from the moment a
request was due: a server that falls behind cannot hide it. Afterwards the database is asked whether all that was
acknowledged is there, once. The client, the server, its database and the worker share the machine's cores, so figures
are on the careful side.
"""

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Select, delete, func, select

from lms import clock, create_app, simulate
from lms.bench import database_of, server_on
from lms.db import db, transaction
from lms.drives.models import Summons
from lms.grading import allocation
from lms.people.models import Account, Person
from lms.people.viewer import SignedIn, acting_as
from lms.quizzes import queries as quizzes
from lms.quizzes import ticks
from lms.quizzes.kinds import KINDS
from lms.quizzes.models import Answer, Attempt, ItemStatistics
from lms.reflections.models import HandIn, Reflection
from lms.reflections.rules import COMMITMENT_VERSION
from lms.simulate import Device

CONNECTIONS = 32


# --- the client ---


@dataclass(frozen=True)
class Request:
    """What goes over the wire, and when, in seconds after the start."""

    due: float
    payload: bytes
    expected: int


@dataclass
class Answers:
    """What came back: seconds from due to answered, of each request in its order; statuses that were not expected."""

    seconds: list[float]
    wrong: Counter[int] = field(default_factory=Counter)
    took: float = 0.0

    def shown(self) -> dict[str, object]:
        ordered = sorted(self.seconds)
        return {
            "requests": len(ordered),
            "errors": sum(self.wrong.values()),
            "statuses": dict(self.wrong),
            "seconds": round(self.took, 1),
            "p50_ms": round(1000 * statistics.median(ordered), 1),
            "p95_ms": self.p95_ms,
            "most_ms": round(1000 * ordered[-1], 1),
        }

    @property
    def p95_ms(self) -> float:
        ordered = sorted(self.seconds)
        return round(1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1)


def form(device: Device, path: str, **fields: object) -> bytes:
    body = urlencode({"csrf_token": device.token, **fields}).encode()
    return _post(device, path, body, "application/x-www-form-urlencoded", "text/html")


def message(device: Device, path: str, body: object) -> bytes:
    return _post(device, path, json.dumps(body).encode(), "application/json", "application/json")


def _post(device: Device, path: str, body: bytes, kind: str, accept: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {device.cookie}\r\nX-CSRFToken: {device.token}\r\n"
        f"Content-Type: {kind}\r\nAccept: {accept}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, payload: bytes) -> int:
    """Send one request over an open connection and return its status."""
    writer.write(payload)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length or 0))
    return int(head[9:12])


def rush(port: int, requests: Sequence[Request]) -> Answers:
    """Send every request when it is due, over a few connections that are kept open."""
    return asyncio.run(_rush(port, requests))


async def _rush(port: int, requests: Sequence[Request]) -> Answers:
    answers = Answers([0.0] * len(requests))
    waiting, start = iter(enumerate(requests)), time.perf_counter() + 0.2

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for place, request in waiting:
            if (early := start + request.due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            status = await _ask(reader, writer, request.payload)
            answers.seconds[place] = time.perf_counter() - start - request.due
            if status != request.expected:
                answers.wrong[status] += 1
        writer.close()

    await asyncio.gather(*(connection() for _turn in range(min(CONNECTIONS, len(requests)))))
    answers.took = time.perf_counter() - start
    return answers


def evenly(payloads: Sequence[bytes], seconds: float, expected: int, start: float = 0.0) -> list[Request]:
    """A timetable of so many requests, spread over the seconds."""
    return [
        Request(start + seconds * place / len(payloads), payload, expected) for place, payload in enumerate(payloads)
    ]


# --- the rushes ---


@dataclass
class Rush:
    """A filled world with the server on it."""

    port: int
    folder: Path
    world: simulate.World

    def start_all(self, devices: Sequence[Device], seconds: float) -> Answers:
        payloads = [form(device, f"{self.world.quiz}start") for device in devices]
        return rush(self.port, evenly(payloads, seconds, 302))

    def starts(self, people: int, seconds: float) -> dict[str, object]:
        """Everybody begins the quiz, one in ten twice: everybody has one attempt."""
        devices = simulate.sign_in_all(self.world.fresh[:people])
        answers = self.start_all([*devices, *devices[::10]], seconds)
        open_ones = select(Attempt.summons_id).where(
            Attempt.submitted_at.is_(None), Attempt.summons_id.in_(_summoned(devices))
        )
        counts = Counter(db.session.scalars(open_ones))
        return answers.shown() | {
            "people": len(devices),
            "without_attempt": len(devices) - len(counts),
            "with_two": sum(count > 1 for count in counts.values()),
        }

    def saves(self, people: int, rate: int, seconds: float) -> dict[str, object]:
        """Answers of many attempts at once; each must stand as it was acknowledged last."""
        devices = simulate.sign_in_all(self.world.fresh[:people])
        self.start_all(devices, people / 50)
        saving = Saving(devices)
        answers = rush(self.port, saving.timetable(rate, seconds))
        return answers.shown() | {"rate": rate, "lost": saving.lost()}

    def analysis(self, people: int, rate: int, seconds: float) -> dict[str, object]:
        """The same saves alone, while the worker analyses every attempt there is, and alone again."""
        devices = simulate.sign_in_all(self.world.fresh[:people])
        self.start_all(devices, people / 50)
        saving, alone, during = Saving(devices), Answers([]), Answers([])
        took = []
        for _round in range(2):
            alone = _joined(alone, rush(self.port, saving.timetable(rate, seconds)))
            with transaction() as session:
                session.execute(delete(ItemStatistics))
            analysing = time.perf_counter()
            with _analysing(self.folder) as worker:
                while worker.poll() is None:
                    during = _joined(during, rush(self.port, saving.timetable(rate, 5)))
            took.append(time.perf_counter() - analysing)
        alone = _joined(alone, rush(self.port, saving.timetable(rate, seconds)))
        return {
            "attempts": db.session.scalar(select(func.count()).select_from(Attempt)),
            "analysis_seconds": round(statistics.mean(took), 1),
            "alone": alone.shown(),
            "during": during.shown(),
            "p95_ratio": round(during.p95_ms / alone.p95_ms, 2),
            "lost": saving.lost(),
        }

    def hand_ins(self, people: int, last: int, hour: float, minute: float) -> dict[str, object]:
        """Everybody hands in before the deadline, `last` of them in the last minute, one in ten twice."""
        devices = simulate.sign_in_all(self.world.drafters[:people])
        payloads = [
            form(device, f"{self.world.reflection}hand-in", number=1, commitment=COMMITMENT_VERSION)
            for device in devices
        ]
        payloads = [one for at, first in enumerate(payloads) for one in ([first, first] if at % 10 == 0 else [first])]
        first = len(payloads) * (people - last) // people
        early = evenly(payloads[:first], hour, 302)
        answers = rush(self.port, [*early, *evenly(payloads[first:], minute, 302, start=hour)])
        late = Answers(answers.seconds[first:])
        of_them = select(HandIn.reflection_id).join(Reflection, Reflection.id == HandIn.reflection_id)
        receipts = Counter(db.session.scalars(of_them.where(Reflection.summons_id.in_(_summoned(devices)))))
        return answers.shown() | {
            "people": len(devices),
            "last_minute_requests": len(late.seconds),
            "last_minute_p95_ms": late.p95_ms,
            "lost": len(devices) - len(receipts),
            "doubled": sum(count > 1 for count in receipts.values()),
        }

    def allocation(self) -> dict[str, object]:
        """Every essay that waits is given to a reviewer: the plan, and then the deed, which plans again."""
        viewer, at = viewer_named(self.world.lead), clock.now()
        drive = allocation.drive_for(viewer, simulate.CODE)
        until = allocation.last_day(drive)
        everyone = {hand.id: 500 for hand in allocation.hands_of(viewer, drive) if hand.id != viewer.person_id}
        allocation.set_capacity(viewer, simulate.CODE, everyone, at=at)
        started = time.perf_counter(), time.process_time()
        proposal = allocation.propose(viewer, drive, until=until, seed=1)
        planned = time.perf_counter(), time.process_time()
        digest = proposal.plan.digest()
        given = allocation.apply(viewer, simulate.CODE, until=until, seed=1, digest=digest, at=at)
        done = time.perf_counter(), time.process_time()
        return {
            "reviewers": len(everyone),
            "given": given,
            "left": allocation.in_nobodys_hands(viewer, drive),
            "plan_seconds": round(planned[0] - started[0], 1),
            "plan_cpu_seconds": round(planned[1] - started[1], 1),
            "apply_seconds": round(done[0] - planned[0], 1),
            "apply_cpu_seconds": round(done[1] - planned[1], 1),
        }


class Saving:
    """The open attempts of these people, and what each of their answers must be in the end."""

    def __init__(self, devices: Sequence[Device]) -> None:
        by_name = {device.username: device for device in devices}
        rows = db.session.execute(
            select(Attempt, Account.username, Account.person_id)
            .join(Summons, Summons.id == Attempt.summons_id)
            .join(Account, Account.person_id == Summons.person_id)
            .where(Attempt.submitted_at.is_(None), Account.username.in_(by_name))
        ).all()
        self.people = [
            (by_name[username], attempt, ticks.tick(attempt.id, person_id, clock.now()))
            for attempt, username, person_id in rows
        ]
        questions = {question.id: question for attempt, *_ in rows for question in quizzes.questions_of(attempt)}
        self.right = {id: list(KINDS[one.kind].best(one)) for id, one in questions.items()}
        self.turn = 0
        self.last: dict[tuple[int, str], int] = {}

    def timetable(self, rate: int, seconds: float) -> list[Request]:
        """The next answers, everybody in turn, every second time an empty one; `rate` is a second."""
        return evenly([self._answer() for _turn in range(int(rate * seconds))], seconds, 200)

    def _answer(self) -> bytes:
        device, attempt, tick = self.people[self.turn % len(self.people)]
        self.turn += 1
        key = attempt.question_keys[self.turn // len(self.people) % len(attempt.question_keys)]
        self.last[attempt.id, key] = self.turn
        chosen = self.right[key] if self.turn % 2 else []
        body = {"question": key, "chosen": chosen, "counter": self.turn, "tick": tick, "elapsed": 1000}
        return message(device, f"/quizzes/attempts/{attempt.id}/answers", body)

    def lost(self) -> int:
        """How many answers do not stand as they were sent last."""
        ids = {attempt.id for _device, attempt, _tick in self.people}
        rows = db.session.execute(
            select(Answer.attempt_id, Answer.question_key, Answer.counter).where(Answer.attempt_id.in_(ids))
        )
        stand = {(attempt_id, key): counter for attempt_id, key, counter in rows}
        return sum(stand.get(where) != counter for where, counter in self.last.items())


@contextlib.contextmanager
def _analysing(instance: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The worker's analysis, once, in a process of its own that yields to the server as the worker does."""
    program = (
        "from lms import clock, create_app;from lms.quizzes import statistics;from lms.serving import step_back;"
        f"step_back();create_app({str(instance)!r}).app_context().push();statistics.analyse(at=clock.now())"
    )
    worker = subprocess.Popen([sys.executable, "-c", program])  # noqa: S603
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def _joined(one: Answers, other: Answers) -> Answers:
    return Answers(one.seconds + other.seconds, one.wrong + other.wrong, one.took + other.took)


def viewer_named(username: str) -> SignedIn:
    person = db.session.scalars(select(Person).join(Account).where(Account.username == username)).one()
    return acting_as(person)


def _summoned(devices: Sequence[Device]) -> Select[int]:
    people = select(Account.person_id).where(Account.username.in_([device.username for device in devices]))
    return select(Summons.id).where(Summons.person_id.in_(people))


def run(kind: str, database: str, given: dict[str, Any]) -> dict[str, object]:
    """Fill a world that is large enough, let the rush loose on it, and return what `lms load` prints."""
    size = {name: given.pop(name) for name in ("attempts", "essays", "reviewers") if name in given}
    with tempfile.TemporaryDirectory(prefix="lms-load-") as name, database_of(database, Path(name)) as url:
        folder = Path(name)
        learners = max(4 * given.get("people", 1) + 4, simulate.learners_for(size.get("attempts", 0)))
        world = simulate.fill(folder, url, learners=learners, **size)
        app = create_app(folder)
        with server_on(folder) as (port, _process), app.app_context():
            figures: dict[str, object] = getattr(Rush(port, folder, world), kind)(**given)
            db.session.remove()
            db.engine.dispose()
    return {"database": database, "kind": kind, **figures}
