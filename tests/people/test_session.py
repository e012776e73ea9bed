"""Being signed in over the wire: how it begins, how it ends, and that nothing typed is lost on the way."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms import clock
from lms.db import db as database
from lms.db import transaction
from lms.people import services
from lms.people.models import Account
from lms.reflections.models import Revision
from tests.factories import NOON, PASSWORD, a_district, a_drive, a_learner, a_unit
from tests.pages import hidden_fields, send_json, submit, token_on

WRITING = "/reflections/dot-mau/"
TEXT = 'Dòng một: "phân công rõ người".\r\nDòng hai <b>không đậm</b> & đủ dấu.'
LATER = NOON + timedelta(hours=12, minutes=1)
"""Longer than anybody stays signed in without a request."""

FOREIGN = (
    "//evil.example",
    "///evil.example",
    "https://evil.example/",
    "http:evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/help\r\nX-Other: 1",
    "javascript:alert(1)",
    "evil.example",
)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@pytest.fixture
def username(app: Flask) -> str:
    """A learner who is summoned to the drive `dot-mau`."""
    with app.app_context():
        district = a_district()
        learner = a_learner(a_drive(district), a_unit(under=district), password=PASSWORD)
        assert learner.account is not None
        return learner.account.username


def sign_in(client: FlaskClient, username: str, secret: str = PASSWORD, **fields: Any) -> TestResponse:
    return submit(client, "/people/sign-in", username=username, secret=secret, **fields)


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/people/me").status_code == 200


def saved_texts(app: Flask) -> list[dict[str, str]]:
    with app.app_context():
        return [revision.texts for revision in database.session.scalars(select(Revision))]


def account_of(username: str) -> Account:
    return database.session.scalars(select(Account).where(Account.username == username)).one()


def a_code_for(app: Flask, username: str) -> str:
    with app.app_context():
        return services.issue_code(account_of(username).person, by=None, at=clock.now(), days=14)


def test_what_was_typed_in_an_expired_session_is_sent_again_after_signing_in(app, client, username):
    sign_in(client, username)
    token = token_on(client.get(WRITING))
    form = {"csrf_token": token, "based_on": "0", "text-tam-dac": TEXT, "text-lien-he": "", "then": "stay"}

    with clock.stopped_at(LATER):
        asked = client.post(WRITING, data=form, headers={"Origin": "http://localhost"})
        carried = hidden_fields(asked, "/people/sign-in")
        wrong = sign_in(client, username, "sai-mat-khau", **carried)
        offered = sign_in(client, username, **hidden_fields(wrong, "/people/sign-in"))
        before = saved_texts(app)
        saved = client.post(WRITING, data=hidden_fields(offered, WRITING))

    assert (asked.status_code, wrong.status_code, offered.status_code) == (401, 422, 200)
    assert "nội dung đang làm vẫn được giữ" in asked.text
    assert "Gửi lại" in offered.text
    assert before == []
    assert (saved.status_code, saved.location) == (302, WRITING)
    assert saved_texts(app) == [{"tam-dac": TEXT.replace("\r\n", "\n"), "lien-he": ""}]


def test_what_was_typed_survives_a_sign_in_with_a_code_and_a_new_password(app, client, username):
    sign_in(client, username)
    form = {"csrf_token": token_on(client.get(WRITING)), "based_on": "0", "text-tam-dac": TEXT, "then": "stay"}
    with clock.stopped_at(LATER):
        code = a_code_for(app, username)
        asked = client.post(WRITING, data=form, headers={"Origin": "http://localhost"})
        choosing = sign_in(client, username, code, **hidden_fields(asked, "/people/sign-in"))
        chosen = {"password": "mot-cau-khac-han", "again": "mot-cau-khac-nua"}
        wrong = client.post("/people/password", data={**hidden_fields(choosing, "/people/password"), **chosen})
        chosen["again"] = chosen["password"]
        offered = client.post("/people/password", data={**hidden_fields(wrong, "/people/password"), **chosen})
        client.post(WRITING, data=hidden_fields(offered, WRITING))

    assert (choosing.status_code, wrong.status_code, offered.status_code) == (200, 422, 200)
    assert saved_texts(app) == [{"tam-dac": TEXT.replace("\r\n", "\n"), "lien-he": ""}]


def test_a_form_sent_from_elsewhere_is_not_kept(client, username):
    form = {"text-tam-dac": TEXT}
    elsewhere = [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/localhost"},
    ]

    answers = [client.post(WRITING, data=form, headers=headers) for headers in elsewhere]

    assert [answer.location for answer in answers] == ["/people/sign-in"] * 4
    assert client.post(WRITING, data=form, headers={"Referer": "http://localhost/"}).status_code == 401


def test_a_form_too_large_to_carry_is_not_kept(client, username):
    answer = client.post(WRITING, data={"text-tam-dac": "a" * 400_001}, headers={"Origin": "http://localhost"})

    assert (answer.status_code, answer.location) == (302, "/people/sign-in")


def test_passwords_are_never_kept_and_nobody_signs_in_to_sign_out(client, username):
    form = {"current": PASSWORD, "password": "mot-cau-khac", "again": "mot-cau-khac"}
    ours = {"Origin": "http://localhost"}

    answers = [client.post(path, data=form, headers=ours) for path in ("/people/password", "/people/sign-out")]

    assert [(answer.status_code, answer.location) for answer in answers] == [(302, "/people/sign-in")] * 2


def test_a_script_is_told_where_to_sign_in(client, username):
    answer = send_json(client, WRITING, {"texts": {"tam-dac": TEXT}, "based_on": 0})

    assert answer.status_code == 401
    assert answer.get_json()["sign_in"] == "/people/sign-in"
    assert set(answer.get_json()) == {"error", "sign_in"}


def test_a_page_asked_for_is_opened_after_signing_in(client, username):
    asked = client.get("/lessons/dot-mau/mau/?a=b")
    page = client.get(asked.location)
    answer = sign_in(client, username, **hidden_fields(page, "/people/sign-in"))

    assert asked.location == "/people/sign-in?next=/lessons/dot-mau/mau/?a%3Db"
    assert (answer.status_code, answer.location) == (302, "/lessons/dot-mau/mau/?a=b")


def test_signing_in_never_leads_to_a_foreign_host(client, username):
    pages = {goal: client.get("/people/sign-in", query_string={"next": goal}) for goal in FOREIGN}
    kept = '[["text-tam-dac", "Bài của tôi"]]'

    answers = {goal: sign_in(client, username, next=goal, kept=kept) for goal in FOREIGN}

    assert {hidden_fields(page, "/people/sign-in")["next"] for page in pages.values()} == {""}
    assert {goal: answer.location for goal, answer in answers.items()} == dict.fromkeys(FOREIGN, "/")


def test_a_kept_form_that_cannot_be_read_does_no_harm(client, username):
    for kept in ("{", "7", "[1]", '[["a"]]', "null", '{"a": 1}'):
        answer = sign_in(client, username, next="/help", kept=kept)

        assert (answer.status_code, set(hidden_fields(answer, "/help"))) == (200, {"csrf_token"})


def test_signing_out_ends_the_sign_in_on_the_server(app, client, username):
    sign_in(client, username)
    copied = client.get_cookie("session")
    thief = app.test_client()
    thief.set_cookie("session", copied.value)
    assert is_signed_in(thief)

    answer = submit(client, "/people/sign-out", seen_on="/people/me")

    assert (answer.status_code, answer.location) == (302, "/people/sign-in")
    assert not is_signed_in(client)
    assert not is_signed_in(thief)


def test_an_idle_session_ends_and_a_busy_one_does_not(client, username):
    sign_in(client, username)

    with clock.stopped_at(NOON + timedelta(hours=11)):
        assert is_signed_in(client)
    with clock.stopped_at(NOON + timedelta(hours=22)):
        assert is_signed_in(client)
    with clock.stopped_at(NOON + timedelta(hours=34, minutes=1)):
        assert not is_signed_in(client)


def test_who_comes_back_after_a_long_time_gets_the_sign_in_page(client, username):
    sign_in(client, username)

    with clock.stopped_at(LATER):
        asked = client.get("/")
        page = client.get(asked.location)
        again = sign_in(client, username, **hidden_fields(page, "/people/sign-in"))
        desk = client.get("/")

    assert (asked.status_code, asked.location) == (302, "/people/sign-in?next=/")
    assert (page.status_code, "Tài khoản" in page.text) == (200, False)
    assert (again.status_code, desk.status_code) == (302, 200)


def test_a_closed_account_is_signed_out_at_once(app, client, username):
    sign_in(client, username)
    assert is_signed_in(client)

    with app.app_context(), transaction():
        account_of(username).is_open = False

    assert not is_signed_in(client)
    assert sign_in(client, username).status_code == 422


def test_a_new_password_signs_out_the_other_devices(app, client, username):
    other = app.test_client()
    sign_in(client, username)
    sign_in(other, username)

    answer = submit(client, "/people/password", current=PASSWORD, password="mot-cau-khac", again="mot-cau-khac")

    assert (answer.status_code, answer.location) == (302, "/")
    assert (is_signed_in(client), is_signed_in(other)) == (True, False)
    assert sign_in(other, username).status_code == 422
    assert sign_in(other, username, "mot-cau-khac").status_code == 302


def test_a_wrong_current_password_changes_nothing(app, client, username):
    other = app.test_client()
    sign_in(client, username)
    sign_in(other, username)

    answer = submit(client, "/people/password", current="sai", password="mot-cau-khac", again="mot-cau-khac")

    assert answer.status_code == 422
    assert "Mật khẩu hiện tại chưa đúng." in answer.text
    assert is_signed_in(other)


def test_the_cookies_are_kept_from_scripts_and_from_other_sites(client, username):
    cookies = sign_in(client, username).headers.getlist("Set-Cookie")

    assert sorted(cookie.partition("=")[0] for cookie in cookies) == ["device", "session"]
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


def test_a_session_begins_anew_at_sign_in(client, username):
    """Whoever planted a session in this browser before knows nothing of the one that is signed in."""
    planted = token_on(client.get("/help"))
    sign_in(client, username)

    assert client.post("/people/sign-out", data={"csrf_token": planted}).status_code == 400
    assert is_signed_in(client)


def test_the_first_sign_in_takes_three_screens(app, client, username):
    code = a_code_for(app, username)

    first = client.get("/people/sign-in")
    second = client.post(
        "/people/sign-in",
        data={"csrf_token": token_on(first), "username": f" {username.upper()} ", "secret": f" {code.lower()} "},
        follow_redirects=True,
    )
    third = client.post(
        "/people/password",
        data={"csrf_token": token_on(second), "password": "mot-cau-moi", "again": "mot-cau-moi"},
        follow_redirects=True,
    )

    assert [page.request.path for page in (first, second, third)] == ["/people/sign-in", "/people/password", "/"]
    assert [page.status_code for page in (first, second, third)] == [200, 200, 200]
    assert "Việc tiếp theo" in third.text


def test_a_code_is_good_once_and_the_new_password_from_then_on(app, client, username):
    code = a_code_for(app, username)
    sign_in(client, username, code)
    submit(client, "/people/password", password="mot-cau-moi", again="mot-cau-moi")

    assert sign_in(app.test_client(), username, code).status_code == 422
    assert sign_in(app.test_client(), username, PASSWORD).status_code == 422
    assert sign_in(app.test_client(), username, "mot-cau-moi").status_code == 302


def test_a_code_is_no_longer_good_after_its_days(app, client, username):
    code = a_code_for(app, username)

    with clock.stopped_at(NOON + timedelta(days=14)):
        in_time = sign_in(client, username, code).status_code
    with clock.stopped_at(NOON + timedelta(days=14, seconds=1)):
        late = sign_in(client, username, code).status_code

    assert (in_time, late) == (302, 422)


def test_without_a_password_of_their_own_nobody_does_anything_else(app, client, username):
    sign_in(client, username, a_code_for(app, username))
    pages = ["/", "/people/me", "/people/sign-in", WRITING, "/lessons/dot-mau/mau/", "/grading/", "/people/"]

    written = submit(client, WRITING, based_on=0, **{"text-tam-dac": TEXT})

    assert [client.get(page).location for page in pages] == ["/people/password"] * 2 + ["/"] + ["/people/password"] * 4
    assert (written.status_code, written.location) == (302, "/people/password")
    assert saved_texts(app) == []
    assert client.get("/help").status_code == 200
    assert "Trang của tôi" not in client.get("/people/password").text.partition("<main")[0]


def test_a_password_that_is_easily_guessed_is_refused_and_the_code_stays_good(app, client, username):
    code = a_code_for(app, username)
    sign_in(client, username, code)
    guessed = ("ngan", "12345678", "aaaaaaaaaa", "x" * 201, f"toi la {username}")

    answers = {one: submit(client, "/people/password", password=one, again=one).status_code for one in guessed}

    assert answers == dict.fromkeys(guessed, 422)
    assert client.get("/").location == "/people/password"
    assert sign_in(app.test_client(), username, code).status_code == 302
