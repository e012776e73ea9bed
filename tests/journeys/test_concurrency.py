"""Fifty requests at the same moment for one attempt, and for one reflection, against the real server.

PostgreSQL is served by two processes of four threads, SQLite by one process of eight.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.audit import AuditEntry
from lms.db import db as database
from lms.drives.models import Drive
from lms.quizzes import marking
from lms.quizzes import queries as quizzes
from lms.quizzes.models import Attempt
from lms.reflections import queries as reflections
from lms.reflections import rules as reflection_rules
from lms.reflections.rules import State
from tests.conftest import Databases
from tests.factories import TEXTS, a_place, viewer
from tests.journeys.server import Browser, Page, Server, a_drive_of_today, a_learner_with_password, running

MANY = 50


@pytest.fixture
def server(databases: Databases, database_url: str, tmp_path: Path) -> Iterator[Server]:
    processes, threads = (1, 8) if databases.kind == "sqlite" else (2, 4)
    with running(Server(tmp_path / "instance", database_url, processes=processes, threads=threads)) as server:
        yield server


def all_at_once(requests: Sequence[Callable[[], Page]]) -> list[Page]:
    """Every request waits until all are ready to go."""
    gate = Barrier(len(requests))

    def go(request: Callable[[], Page]) -> Page:
        gate.wait()
        return request()

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(go, requests))


def decisions(action: str) -> int:
    return database.session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


def nothing_went_wrong(server: Server, pages: Sequence[Page]) -> None:
    assert not [page.text for page in pages if page.status >= 500]
    assert "database is locked" not in server.said
    assert "Traceback" not in server.said


def test_fifty_requests_at_once_are_one_attempt_and_one_hand_in(db: Flask, server: Server) -> None:
    drive = a_drive_of_today()
    person = a_learner_with_password(drive)
    browser = Browser(server.port).sign_in(person)

    started = all_at_once([partial(browser.post_form, f"/quizzes/{drive.code}/mau/start", {})] * MANY)

    attempt = database.session.scalars(select(Attempt)).one()
    path = f"/quizzes/attempts/{attempt.id}"
    assert {(page.status, page.location) for page in started} == {(302, path)}

    sent = [
        {"question": attempt.question_keys[counter % 3], "chosen": ["ab"[counter // 3 % 2]], "counter": counter}
        for counter in range(MANY - 8)
    ]
    saves = [partial(browser.post_json, f"{path}/answers", body) for body in sent]
    hand_ins = [partial(browser.post_form, f"{path}/hand-in", {"counter": 0})] * 8
    answers = all_at_once(saves[:30] + hand_ins + saves[30:])
    saved = dict(zip(range(len(sent)), answers[:30] + answers[38:], strict=True))

    nothing_went_wrong(server, started + answers)
    assert {page.status for page in answers[30:38]} == {302}
    assert {page.status for page in saved.values()} <= {200, 409}
    stored = quizzes.answers_of(attempt.id)
    for key in attempt.question_keys:
        taken = [n for n, page in saved.items() if page.status == 200 and sent[n]["question"] == key]
        newest = max(taken, default=None)
        found = stored.get(key)
        assert (found and found.counter) == newest
        assert found is None or found.chosen == sent[found.counter]["chosen"]
    database.session.refresh(attempt)
    given = {key: tuple(answer.chosen) for key, answer in stored.items()}
    assert attempt.points == float(marking.mark(quizzes.questions_of(attempt), given).points)
    assert decisions("hand_in_quiz") == 1
    assert len(quizzes.attempts_at(a_place(person, drive))) == 1


def test_fifty_requests_at_once_are_one_reflection_and_one_receipt(db: Flask, server: Server) -> None:
    drive = a_drive_of_today()
    person = a_learner_with_password(drive)
    browser = Browser(server.port).sign_in(person)
    path = f"/reflections/{drive.code}"

    first = all_at_once([partial(browser.post_json, f"{path}/", {"texts": TEXTS, "based_on": 0})] * MANY)
    assert Counter((page.status, page.body["number"]) for page in first) == {(200, 1): MANY}

    texts = [{**TEXTS, "lien-he": f"Đơn vị tôi sẽ làm việc thứ {number}."} for number in range(MANY - 8)]
    saves = [partial(browser.post_json, f"{path}/", {"texts": text, "based_on": 1}) for text in texts]
    hand_ins = [partial(browser.post_form, f"{path}/hand-in", {"number": 1, "commitment": 1})] * 8
    answers = all_at_once(saves[:30] + hand_ins + saves[30:])

    kept = history(person, drive)
    for text, page in zip(texts, answers[:30] + answers[38:], strict=True):
        assert page.status in (200, 409)
        assert page.status == 409 or kept[page.body["number"]] == text
    assert len(kept) == 1 + sum(page.status == 200 for page in answers[:30] + answers[38:])

    head = reflections.desk_for(viewer(person), drive.code).reflection.head
    last = all_at_once([partial(browser.post_form, f"{path}/hand-in", {"number": head, "commitment": 1})] * MANY)

    nothing_went_wrong(server, first + answers + last)
    assert {(page.status, page.location) for page in last} == {(302, f"{path}/receipt")}
    reflection = reflections.desk_for(viewer(person), drive.code).reflection
    assert (reflection.state, reflection.head) == (State.SUBMITTED, head)
    assert reflection.sha256 == reflection_rules.fingerprint(kept[head])
    assert decisions("hand_in_reflection") == 1


def history(person, drive: Drive) -> dict[int, dict[str, str]]:
    reflection = reflections.desk_for(viewer(person), drive.code).reflection
    return {row.number: row.texts for row in reflections.revisions_of(reflection)}
