"""The server is killed in the middle of its work: what it acknowledged is there when it comes back."""

import time
from http.client import HTTPException
from pathlib import Path
from threading import Thread

from flask import Flask
from sqlalchemy import select

from lms.db import db as database
from lms.quizzes import queries as quizzes
from lms.quizzes.models import Attempt
from lms.reflections import queries as reflections
from tests.conftest import Databases
from tests.factories import TEXTS, a_place, viewer
from tests.journeys.server import Browser, Server, a_drive_of_today, a_learner_with_password, running

ENOUGH = 25
"""So many saves of each kind are acknowledged before the server is killed."""


class Stream:
    """Saves one after the other until the server is gone; notes what was sent and what was acknowledged."""

    def __init__(self, browser: Browser, path: str) -> None:
        self.browser, self.path = browser, path
        self.sent: list[dict] = []
        self.acknowledged: list[dict] = []
        self.thread = Thread(target=self._run, daemon=True)

    def body(self, number: int) -> dict:
        raise NotImplementedError

    def _run(self) -> None:
        while True:
            self.sent.append(self.body(len(self.sent)))
            try:
                page = self.browser.post_json(self.path, self.sent[-1])
            except (OSError, HTTPException):
                return
            assert page.status == 200, page.text
            self.acknowledged.append(page.body)


class Answers(Stream):
    keys: list[str]

    def body(self, number: int) -> dict:
        return {"question": self.keys[number % 3], "chosen": ["ab"[number // 3 % 2]], "counter": number + 1}


class Texts(Stream):
    def body(self, number: int) -> dict:
        based_on = self.acknowledged[-1]["number"] if self.acknowledged else 0
        return {"texts": {**TEXTS, "lien-he": f"Đơn vị tôi viết lần thứ {number}."}, "based_on": based_on}


def test_what_was_acknowledged_survives_the_death_of_the_server(
    db: Flask, databases: Databases, database_url: str, tmp_path: Path
) -> None:
    drive = a_drive_of_today()
    person = a_learner_with_password(drive)
    processes = 1 if databases.kind == "sqlite" else 2
    server = Server(tmp_path / "instance", database_url, processes=processes, threads=4)
    with running(server):
        browser = Browser(server.port).sign_in(person)
        browser.post_form(f"/quizzes/{drive.code}/mau/start", {})
        attempt = database.session.scalars(select(Attempt)).one()
        answers = Answers(browser, f"/quizzes/attempts/{attempt.id}/answers")
        answers.keys = attempt.question_keys
        texts = Texts(browser, f"/reflections/{drive.code}/")
        database.session.remove()
        database.engine.dispose()  # nobody but the server has the database open when it dies
        for stream in (answers, texts):
            stream.thread.start()
        while min(len(answers.acknowledged), len(texts.acknowledged)) < ENOUGH:
            assert answers.thread.is_alive(), server.said
            assert texts.thread.is_alive(), server.said
            time.sleep(0.005)
    for stream in (answers, texts):
        stream.thread.join()
    with running(server):
        after = Browser(server.port).sign_in(person)
        page = after.get(f"/quizzes/attempts/{attempt.id}")
        writing = after.get(f"/reflections/{drive.code}/")

    assert (page.status, writing.status) == (200, 200)
    stored = {key: (answer.counter, answer.chosen) for key, answer in quizzes.answers_of(attempt.id).items()}
    for key, (counter, chosen) in stored.items():
        pairs = zip(answers.sent, answers.acknowledged, strict=False)
        assert counter >= max(answer["counter"] for sent, answer in pairs if sent["question"] == key)
        assert {"question": key, "chosen": chosen, "counter": counter} in answers.sent
        assert f'name="answer-{key}" value="{chosen[0]}" checked' in page.text
    assert len(stored) == 3
    reflection = reflections.desk_for(viewer(person), drive.code).reflection
    kept = {row.number: row.texts for row in reflections.revisions_of(reflection)}
    for sent, acknowledged in zip(texts.sent, texts.acknowledged, strict=False):
        assert kept[acknowledged["number"]] == sent["texts"]
    assert kept[reflection.head] in (texts.sent[-1]["texts"], texts.sent[len(texts.acknowledged) - 1]["texts"])
    assert kept[reflection.head]["lien-he"] in writing.text
    assert len(quizzes.attempts_at(a_place(person, drive))) == 1
