"""A learner's page asks the database at most six questions, sign-in included, however much there is to show."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms import clock
from lms.content import services as content
from lms.db import transaction
from lms.drives import queries as drives
from lms.drives import services as drive_services
from lms.drives.rules import Presence
from lms.people.models import Person
from lms.quizzes import queries as quiz_queries
from lms.quizzes import services as quizzes
from lms.reflections import services as reflections
from tests.factories import (
    NOON,
    PASSWORD,
    TEXTS,
    a_district,
    a_drive,
    a_learner,
    a_place,
    a_version,
    an_organiser,
    read,
    summoned,
    the_sample,
    viewer,
)
from tests.pages import signed_in
from tests.queries_counted import queries_counted

MOST = 6


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


def somebody_with_little() -> tuple[Person, int, int]:
    """One module, a finished attempt and one just begun."""
    district = a_district()
    learner = a_learner(a_drive(district), district, password=PASSWORD)
    place = a_place(learner, drives.summons_for(viewer(learner), "dot-mau").drive)
    return learner, *attempts(learner, place)


def attempts(learner: Person, place: drives.Place) -> tuple[int, int]:
    finished = quizzes.start_attempt(place, at=NOON).id
    quizzes.hand_in(viewer(learner), finished, {}, 1, at=NOON)
    return finished, quizzes.start_attempt(place, at=NOON).id


def somebody_with_much() -> tuple[Person, int, int]:
    """Four modules, three sessions, another drive, everything read, every question answered, many revisions."""
    district = a_district()
    versions = [a_version()]
    for number in range(3):
        version, _ = content.publish(replace(the_sample(), slug=f"m{number}", code=f"M{number}"), by=None, at=NOON)
        versions.append(version)
    drive, other = a_drive(district, versions=versions), a_drive(district, code="dot-khac", versions=versions)
    learner = a_learner(drive, district, password=PASSWORD)
    for _ in range(3):
        summoned(a_learner(drive, district), other)
    summoned(learner, other)
    organiser, row = an_organiser(drive), drives.summons_for(viewer(learner), "dot-mau")
    with transaction():
        for number in range(3):
            hours = {"starts_at": NOON + timedelta(days=number), "ends_at": NOON + timedelta(days=number, hours=3)}
            session = drive_services.add_session(drive, by=organiser, title=f"Buổi {number}", place="", **hours)
            drive_services.note_attendance(session, drive, {row.id: Presence.PRESENT}, by=organiser, at=NOON)
        for slug in ("m0", "m1", "m2", "mau"):
            place = a_place(learner, drive, slug)
            for key in ("mot", "hai"):
                read(place, key)
        finished, running = attempts(learner, a_place(learner, drive))
        for question in quiz_queries.questions_of(quiz_queries.sheet_for(viewer(learner), running).attempt):
            quizzes.save_answer(viewer(learner), running, question.id, [question.options[0].id], 1, at=NOON)
        for number in range(5):
            reflections.save(viewer(learner), "dot-mau", {"tam-dac": f"{number} {TEXTS['tam-dac']}"}, number, at=NOON)
    return learner, finished, running


def pages(finished: int, running: int) -> tuple[str, ...]:
    return (
        "/",
        "/lessons/dot-mau/mau/",
        "/lessons/dot-mau/mau/mot",
        "/quizzes/dot-mau/mau/",
        "/quizzes/dot-mau/mau/try-out",
        f"/quizzes/attempts/{running}",
        f"/quizzes/attempts/{running}/check",
        f"/quizzes/attempts/{finished}",
        "/reflections/dot-mau/",
        "/reflections/dot-mau/check",
        "/reflections/dot-mau/history",
        "/reflections/dot-mau/receipt",
    )


def counted(client: FlaskClient, paths: tuple[str, ...]) -> dict[str, int]:
    """How many questions each page that is there asks."""
    counts = {}
    for path in paths:
        with queries_counted() as statements:
            answer = client.get(path)
        if answer.status_code == 200:
            counts[path] = len(statements)
    return counts


@pytest.mark.parametrize("somebody", [somebody_with_little, somebody_with_much])
def test_a_learners_page_asks_at_most_six_questions(app: Flask, client: FlaskClient, somebody):
    with app.app_context():
        learner, finished, running = somebody()
    signed_in(client, learner)

    counts = counted(client, pages(finished, running))

    assert len(counts) >= 8
    assert {path: count for path, count in counts.items() if count > MOST} == {}


def test_what_a_page_asks_does_not_grow_with_what_it_shows(app: Flask, client: FlaskClient):
    """The same pages of two learners in one database."""
    with app.app_context():
        much, finished, running = somebody_with_much()
        drive = drives.summons_for(viewer(much), "dot-mau").drive
        little = a_learner(drive, drive.unit, password=PASSWORD)
        theirs = attempts(little, a_place(little, drive))
        reflections.save(viewer(little), "dot-mau", TEXTS, 0, at=NOON)

    for_much = counted(signed_in(client, much), pages(finished, running))
    for_little = counted(signed_in(app.test_client(), little), pages(*theirs))

    assert list(for_much.values()) == list(for_little.values())


def test_the_receipt_too(app: Flask, client: FlaskClient):
    with app.app_context():
        learner, *_ = somebody_with_much()
        number = reflections.save(viewer(learner), "dot-mau", TEXTS, 5, at=NOON).number
        reflections.hand_in(viewer(learner), "dot-mau", number=number, at=NOON)
    signed_in(client, learner)

    assert counted(client, ("/reflections/dot-mau/receipt",)) == {"/reflections/dot-mau/receipt": 5}
