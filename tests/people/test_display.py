"""Text size and contrast, remembered with the account."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.people.models import Person
from tests.factories import PASSWORD, a_district, a_person
from tests.pages import signed_in, submit


@pytest.fixture
def person(app: Flask, client: FlaskClient) -> Person:
    with app.app_context():
        somebody = a_person(of=a_district(), password=PASSWORD)
    signed_in(client, somebody)
    return somebody


def display(page: str) -> dict[str, str]:
    """What the page says of text size and contrast."""
    opening = page.split("<html", 1)[1].split(">", 1)[0]
    return dict(re.findall(r'data-(text-size|contrast)="([^"]+)"', opening))


def test_the_choice_is_there_on_every_device(app, client, person):
    assert display(client.get("/people/me").text) == {"text-size": "normal"}

    answer = submit(client, "/people/me/display", text_size="largest", high_contrast="y")

    assert (answer.status_code, answer.location) == (302, "/people/me")
    other = signed_in(app.test_client(), person)
    page = other.get("/people/me").text
    assert display(page) == {"text-size": "largest", "contrast": "high"}
    assert 'checked id="text_size-2"' in page
    assert display(app.test_client().get("/people/sign-in").text) == {}
    submit(client, "/people/me/display", text_size="normal")
    assert display(other.get("/help").text) == {"text-size": "normal"}


def test_one_persons_choice_is_nobody_elses(app, client, person):
    with app.app_context():
        other = a_person(of=a_district("Liên đoàn Lao động huyện Bên"), password=PASSWORD)
    submit(client, "/people/me/display", text_size="large")

    assert 'data-text-size="normal"' in signed_in(app.test_client(), other).get("/help").text


@pytest.mark.parametrize("size", ["", "huge", "large\x00", "l" * 100_000])
def test_a_size_that_does_not_exist_is_refused(client, person, size):
    answer = submit(client, "/people/me/display", text_size=size)

    assert (answer.status_code, "Đồng chí chọn một mục trong danh sách." in answer.text) == (422, True)
    assert 'data-text-size="normal"' in client.get("/help").text


def test_saving_leads_back_to_the_page_from_which_one_came_and_never_to_a_stranger(client, person):
    page = client.get("/people/me?next=/lessons/dot/mau/mot").text
    assert 'name="next" value="/lessons/dot/mau/mot"' in page
    assert 'name="next" value=""' in client.get("/people/me?next=//evil.example/").text

    answers = [
        submit(client, "/people/me/display", text_size="large", next=goal).location
        for goal in ("/lessons/dot/mau/mot", "//evil.example/", "https://evil.example/")
    ]

    assert answers == ["/lessons/dot/mau/mot", "/people/me", "/people/me"]
