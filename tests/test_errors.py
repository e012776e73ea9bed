"""What a request that fails is answered: a page for people, JSON for scripts, and nothing about our insides."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NoReturn

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from lms import access, create_app, errors
from lms.access import Role
from lms.db import db as database
from lms.reflections.views.writing import LARGEST_FORM
from tests.conftest import SECRET, Databases
from tests.factories import PASSWORD, a_district, a_person, with_role
from tests.pages import send_json, submit, token_on

JSON = {"Accept": "application/json"}


@pytest.fixture
def usernames(app: Flask) -> dict[str, str]:
    """Somebody without any role, and an organiser."""
    with app.app_context():
        district = a_district()
        people = {
            "nobody": a_person(of=district, password=PASSWORD),
            "organiser": with_role(Role.ORGANISER, district, password=PASSWORD),
        }
        return {name: person.account.username for name, person in people.items() if person.account}


def sign_in(client, username):
    assert submit(client, "/people/sign-in", username=username, secret=PASSWORD).status_code == 302


@pytest.fixture
def app(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """An application of its own for every test, which may give it pages that fail."""
    url = databases.fresh()
    app = create_app(tmp_path, SECRET_KEY=SECRET, DATABASE_URL=url, TESTING=True)
    yield app
    with app.app_context():
        database.session.remove()
        database.engine.dispose()
    databases.drop(url)


def heading(page):
    (found,) = re.findall(r"<h1>(.*?)</h1>", page.text)
    return found


def fails_with(app: Flask, error: Exception, at: str = "/hong") -> None:
    """Add a page for everybody that meets this error."""

    def view() -> NoReturn:
        raise error

    app.add_url_rule(at, at, access.public(view))


def test_an_address_that_does_not_exist_gets_a_page_with_the_way_out(client):
    page = client.get("/khong-co")

    assert page.status_code == 404
    assert heading(page) == "Không tìm thấy trang"
    assert 'href="/">Về trang chính</a>' in page.text


def test_a_script_gets_json(client):
    answer = client.get("/khong-co", headers=JSON)

    assert (answer.status_code, answer.content_type) == (404, "application/json")
    assert answer.json == {"error": "Địa chỉ này không có, hoặc nội dung không thuộc phạm vi của đồng chí."}


def test_a_page_for_another_role_says_whom_to_ask(client, usernames):
    sign_in(client, usernames["nobody"])

    page, answer = client.get("/people/"), client.get("/people/", headers=JSON)

    assert (page.status_code, answer.status_code) == (403, 403)
    assert heading(page) == "Trang này không thuộc phần việc của đồng chí"
    assert answer.json == {"error": "Nếu đồng chí cần vào trang này, hãy đề nghị quản trị đơn vị cấp vai trò phù hợp."}


def test_a_refusal_carries_the_sentence_of_its_rule_and_its_details(app, client):
    fails_with(app, errors.Refused("Chờ <3 giây.", wait=3))

    page, answer = client.get("/hong"), client.get("/hong", headers=JSON)

    assert (page.status_code, answer.status_code) == (409, 409)
    assert heading(page) == "Chưa thực hiện được"
    assert "Chờ &lt;3 giây." in page.text
    assert answer.json == {"error": "Chờ <3 giây.", "wait": 3}


STATUSES = {
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.Refused: 409,
    errors.BadInput: 400,
    errors.BadContent: 500,
}


def test_every_error_of_ours_has_its_page(app, client):
    for error in STATUSES:
        fails_with(app, error(), at=f"/{error.__name__}")

    for error, status in STATUSES.items():
        page = client.get(f"/{error.__name__}")
        assert (page.status_code, heading(page)) == (status, errors.TITLES[status]())
        assert f"Mã lỗi: {status}" in page.text
    assert set(STATUSES) == set(errors.LmsError.__subclasses__())


def test_the_wrong_method_is_answered_like_a_wrong_address(client):
    page, answer = client.post("/help"), client.post("/help", headers=JSON)

    assert (page.status_code, answer.status_code) == (405, 405)
    assert heading(page) == "Không tìm thấy trang"
    assert answer.json == {"error": "Địa chỉ này không mở trực tiếp được. Đồng chí trở về trang chính rồi vào lại."}


def test_a_forged_form_is_refused_with_the_cure(client):
    form = {"username": "a", "secret": "b"}

    page, answer = client.post("/people/sign-in", data=form), client.post("/people/sign-in", data=form, headers=JSON)

    assert (page.status_code, answer.status_code) == (400, 400)
    assert heading(page) == "Dữ liệu gửi lên chưa đúng"
    assert answer.json == {
        "error": "Trang đã mở quá lâu hoặc được gửi từ nơi khác. Đồng chí quay lại, tải lại trang rồi gửi lần nữa."
    }


def test_json_that_cannot_be_read_is_refused(client, usernames):
    sign_in(client, usernames["nobody"])
    headers = {**JSON, "Content-Type": "application/json", "X-CSRFToken": token_on(client.get("/help"))}

    for body in ("", "{", "[]", "7", '"chữ"', "null", "{}"):
        for path in ("/quizzes/attempts/1/answers", "/reflections/a/"):
            answer = client.post(path, data=body, headers=headers)
            assert (answer.status_code, set(answer.json)) == (400, {"error"}), (path, body)


@pytest.fixture
def small(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A server that reads one megabyte at most."""
    app = create_app(tmp_path, SECRET_KEY=SECRET, DATABASE_URL=database_url, TESTING=True, MAX_UPLOAD_MB=1)
    yield app
    with app.app_context():
        database.engine.dispose()


def test_an_oversized_form_is_not_read(small):
    client = small.test_client()
    form = {"csrf_token": token_on(client.get("/help")), "username": "a", "secret": "b"}
    large = {**form, "kept": "x" * 1_000_001}

    fits = client.post("/people/sign-in", data={**form, "kept": "x" * 999_000})
    page, answer = client.post("/people/sign-in", data=large), client.post("/people/sign-in", data=large, headers=JSON)

    assert (fits.status_code, page.status_code, answer.status_code) == (422, 413, 413)
    assert heading(page) == "Tệp gửi lên quá lớn"
    assert answer.json == {"error": "Tệp lớn hơn mức cho phép. Đồng chí chia nhỏ tệp rồi gửi lại."}


def test_what_was_typed_before_a_file_that_is_too_large_is_shown_again(small):
    client = small.test_client()

    def send(origin: str) -> TestResponse:
        form = {"csrf_token": token_on(client.get("/help")), "alternative": "Sơ đồ <ba> cấp", "empty": ""}
        boundary, body = encode_multipart({**form, "picture": FileStorage(BytesIO(b"x" * 1_000_001), "anh.png")})
        kind = f"multipart/form-data; boundary={boundary}"
        return client.post("/people/sign-in", data=body, content_type=kind, headers={"Origin": origin})

    ours, strangers = send("http://localhost"), send("http://example.org")

    assert (ours.status_code, strangers.status_code) == (413, 413)
    assert '<p class="note">Sơ đồ &lt;ba&gt; cấp</p>' in ours.text
    assert ours.text.count('class="note"') == 1
    assert "cấp" not in strangers.text


def test_an_oversized_request_of_a_script_is_not_read(small):
    with small.app_context():
        person = a_person(of=a_district(), password=PASSWORD)
        assert person.account is not None
        username = person.account.username
    client = small.test_client()
    sign_in(client, username)

    answer = send_json(client, "/reflections/a/", {"texts": {"a": "x" * LARGEST_FORM}, "based_on": 0})

    assert (answer.status_code, set(answer.get_json())) == (413, {"error"})


def test_our_own_mistakes_are_noted_and_nothing_of_them_is_shown(app, client, caplog):
    fails_with(app, RuntimeError("mật khẩu cơ sở dữ liệu"))

    with pytest.raises(RuntimeError):
        client.get("/hong")
    app.testing = False
    page, answer = client.get("/hong"), client.get("/hong", headers=JSON)

    assert (page.status_code, answer.status_code) == (500, 500)
    assert heading(page) == "Hệ thống gặp lỗi"
    assert "Những gì đã báo “đã lưu” vẫn còn." in page.text
    assert set(answer.json) == {"error"}
    assert "mật khẩu" not in page.text + answer.text
    assert [record.getMessage() for record in caplog.records] == ["GET /hong"] * 2
    assert "RuntimeError: mật khẩu cơ sở dữ liệu" in caplog.text


def test_every_title_has_its_sentence_or_comes_with_one():
    with_their_own = {409, 429}

    assert set(errors.TITLES) - set(errors.SENTENCES) == with_their_own
    assert set(errors.SENTENCES) <= set(errors.TITLES)
