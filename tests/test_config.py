"""Every setting is read from where it should be, and a bad one is refused in a sentence that names the cure."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import request

from lms import config, create_app
from lms.cli import main
from lms.config import SETTINGS, BadSetting
from tests.conftest import SECRET


def settings(instance: Path, file: str = "", environment: dict[str, str] | None = None, **given: object) -> dict:
    if file:
        (instance / "settings.toml").write_text(file, "utf-8")
    return config.load(instance, environment or {}, given)


def test_without_a_file_the_defaults_hold(tmp_path):
    settled = settings(tmp_path, SECRET_KEY=SECRET)

    assert settled == {
        **{setting.name: setting.default for setting in SETTINGS},
        "SECRET_KEY": SECRET,
        "DATABASE_URL": f"sqlite:///{tmp_path}/lms.sqlite",
    }


def test_the_program_wins_over_the_environment_and_the_environment_over_the_file(tmp_path):
    file = f'SECRET_KEY = "{SECRET}"\nPORT = 1\nTHREADS = 1\nHOST = "file"'
    environment = {"LMS_PORT": "2", "LMS_THREADS": "2", "PROCESSES": "9"}

    settled = settings(tmp_path, file, environment, PORT=3)

    assert [settled[name] for name in ("PORT", "THREADS", "HOST", "PROCESSES")] == [3, 2, "file", 1]


def test_every_setting_can_come_from_the_environment_and_from_the_file(tmp_path):
    values = {
        "SECRET_KEY": SECRET,
        "DATABASE_URL": "postgresql://localhost/lms",
        "HOST": "0.0.0.0",
        "PORT": 9000,
        "PROCESSES": 2,
        "THREADS": 8,
        "HTTPS": True,
        "TRUSTED_PROXIES": 1,
        "SESSION_HOURS": 1,
        "CODE_DAYS": 3,
        "ADDRESS_DAYS": 500,
        "MAX_UPLOAD_MB": 5,
    }
    words = {name: str(value).lower() if value is True else str(value) for name, value in values.items()}
    lines = [
        f"{name} = {word if name not in ('SECRET_KEY', 'DATABASE_URL', 'HOST') else repr(word)}"
        for name, word in words.items()
    ]

    assert settings(tmp_path, environment={f"LMS_{name}": word for name, word in words.items()}) == values
    assert settings(tmp_path, "\n".join(lines)) == values
    assert set(values) == {setting.name for setting in SETTINGS}


@pytest.mark.parametrize(
    ("word", "value"), [("true", True), ("1", True), ("Yes", True), ("false", False), ("0", False), ("NO", False)]
)
def test_yes_and_no_are_read_in_their_usual_spellings(tmp_path, word, value):
    assert settings(tmp_path, environment={"LMS_HTTPS": word}, SECRET_KEY=SECRET)["HTTPS"] is value


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"LMS_PORT": "tám nghìn"}, "LMS_PORT: không đọc được giá trị “tám nghìn”"),
        ({"LMS_PORT": ""}, "LMS_PORT: không đọc được giá trị “”"),
        ({"LMS_THREADS": "-1"}, "LMS_THREADS: không đọc được giá trị “-1” (phải từ 1 trở lên)"),
        ({"LMS_PROCESSES": "0"}, "LMS_PROCESSES: không đọc được giá trị “0” (phải từ 1 trở lên)"),
        ({"LMS_SESSION_HOURS": "0"}, "LMS_SESSION_HOURS: không đọc được giá trị “0” (phải từ 1 trở lên)"),
        ({"LMS_TRUSTED_PROXIES": "-1"}, "LMS_TRUSTED_PROXIES: không đọc được giá trị “-1” (phải từ 0 trở lên)"),
        ({"LMS_HTTPS": "có"}, "LMS_HTTPS: không đọc được giá trị “có” (phải là true hoặc false)"),
    ],
)
def test_a_bad_value_in_the_environment_is_named_with_its_meaning(tmp_path, environment, sentence):
    name = next(iter(environment)).removeprefix("LMS_")
    meaning = next(setting.meaning for setting in SETTINGS if setting.name == name)

    with pytest.raises(BadSetting) as refused:
        settings(tmp_path, environment=environment, SECRET_KEY=SECRET)

    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith(meaning)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ('PORT = "x"', ", PORT: không đọc được giá trị “x”"),
        ("HTTPS = 2", ", HTTPS: không đọc được giá trị “2” (phải là true hoặc false)"),
        ("PORT = 80.5", ", PORT: không đọc được giá trị “80.5”"),
        ("PORT = true", ", PORT: không đọc được giá trị “True”"),
        ("THREADS = [1]", ", THREADS: không đọc được giá trị “[1]”"),
        ("PORTS = 1", ": không có thiết lập “PORTS”. Các tên dùng được: SECRET_KEY, DATABASE_URL, HOST, PORT,"),
        ("PORT = ", ": không đọc được ("),
        ("PORT = 1\nPORT = 2", ": không đọc được ("),
    ],
)
def test_a_bad_settings_file_is_named(tmp_path, file, sentence):
    with pytest.raises(BadSetting) as refused:
        settings(tmp_path, file, SECRET_KEY=SECRET)

    assert str(refused.value).startswith(f"{tmp_path / 'settings.toml'}{sentence}")


def test_a_settings_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "settings.toml").write_bytes(b'HOST = "\xff"')

    with pytest.raises(BadSetting) as refused:
        settings(tmp_path, SECRET_KEY=SECRET)

    assert str(refused.value).startswith(f"{tmp_path / 'settings.toml'}: không đọc được (")


@pytest.mark.parametrize("secret", [None, "", "x" * 31])
def test_nothing_starts_without_a_secret_key(tmp_path, secret):
    environment = {} if secret is None else {"LMS_SECRET_KEY": secret}

    with pytest.raises(BadSetting, match=r"ngắn hơn 32 ký tự\. Chạy `lms init`"):
        settings(tmp_path, environment=environment)

    assert settings(tmp_path, SECRET_KEY="x" * 32)["SECRET_KEY"] == "x" * 32


@pytest.mark.parametrize("command", ["serve", "worker", "init"])
def test_a_command_says_in_one_line_what_is_wrong_with_a_setting(tmp_path, command):
    (tmp_path / "settings.toml").write_text("PORT = 'x'", "utf-8")

    result = CliRunner().invoke(main, ["--instance", str(tmp_path), command])

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{tmp_path / 'settings.toml'}, PORT: không đọc được giá trị “x”")
    assert result.stderr.count("\n") == 1


def test_cookies_are_sent_over_https_alone_where_people_use_https(tmp_path):
    for https in (True, False):
        app = create_app(tmp_path, SECRET_KEY=SECRET, HTTPS=https)

        cookie = app.test_client().get("/help", base_url="https://localhost").headers["Set-Cookie"]

        assert ("Secure" in cookie) is https


def test_the_addresses_of_proxies_are_believed_only_as_far_as_told(tmp_path):
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    seen = {}

    for hops in (0, 1):
        app = create_app(tmp_path, SECRET_KEY=SECRET, TRUSTED_PROXIES=hops)
        with app.test_client() as client:
            client.get("/help", headers=forwarded)
            seen[hops] = (request.remote_addr, request.scheme)

    assert seen == {0: ("127.0.0.1", "http"), 1: ("203.0.113.9", "https")}
