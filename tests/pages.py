"""Using the pages as a browser without script does."""

import re
from html import unescape
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms.people.models import Person
from tests.factories import PASSWORD


def signed_in(client: FlaskClient, person: Person, password: str = PASSWORD) -> FlaskClient:
    """Sign the person in through the sign-in page."""
    assert person.account is not None
    answer = submit(client, "/people/sign-in", username=person.account.username, secret=password)
    assert answer.status_code == 302, answer.text
    return client


def token_on(page: TestResponse) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert found, "the page has no token"
    return unescape(found[1])


def submit(client: FlaskClient, path: str, *, seen_on: str = "", **fields: object) -> TestResponse:
    """Post a form with the token of the page on which it stands."""
    token = token_on(client.get(seen_on or "/help"))
    return client.post(path, data={"csrf_token": token, **fields}, headers={"Origin": "http://localhost"})


def send_json(client: FlaskClient, path: str, body: object) -> TestResponse:
    """Post as our scripts do."""
    token = token_on(client.get("/help"))
    return client.post(path, json=body, headers={"Accept": "application/json", "X-CSRFToken": token})


def hidden_fields(page: TestResponse, action: str) -> dict[str, str]:
    """What a form carries unseen, its token too."""
    found = _HiddenFields(action)
    found.feed(page.text)
    return found.fields


class _HiddenFields(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.is_inside, self.fields = action, False, dict[str, str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = given.get("action") == self.action
        if tag == "input" and self.is_inside and given.get("type") == "hidden":
            self.fields[given["name"]] = given.get("value", "")
