"""One way to write, on both databases: all or nothing, nothing outside a transaction, moments with their zone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, func, insert, select, text, update
from sqlalchemy.dialects import sqlite

from lms.db import UtcDateTime, after_commit, one_or_not_found, storable, transaction, upsert
from lms.db import db as database
from lms.errors import NotFound
from lms.people.models import Person, SignInFailure

NOON = datetime(2026, 11, 10, 5, tzinfo=UTC)


def a_note(key: str = "account:a", *, failures: int = 1, at: datetime = NOON) -> SignInFailure:
    """A row of the plainest table there is."""
    return SignInFailure(key=key, failures=failures, last_at=at)


def keys() -> list[str]:
    """What another connection sees, so what has really been committed."""
    with database.engine.connect() as connection:
        return sorted(connection.execute(text("SELECT key FROM sign_in_failure")).scalars())


# --- Transactions -----------------------------------------------------------------------------------------------------


def test_a_transaction_commits_at_its_end(db):
    with transaction() as session:
        session.add(a_note())
        session.flush()
        within = keys()

    assert (within, keys()) == ([], ["account:a"])


def test_an_error_takes_everything_back(db):
    def fail() -> None:
        with transaction() as session:
            session.add(a_note("account:a"))
            session.flush()
            session.execute(insert(SignInFailure).values(key="account:b", failures=1, last_at=NOON))
            raise RuntimeError("mất điện")

    with pytest.raises(RuntimeError, match="mất điện"):
        fail()

    assert keys() == []


def test_a_transaction_inside_another_joins_it(db):
    def fail() -> None:
        with transaction() as session:
            with transaction() as inner:
                inner.add(a_note())
            assert inner is session
            assert keys() == []
            raise RuntimeError("mất điện")

    with pytest.raises(RuntimeError, match="mất điện"):
        fail()
    assert keys() == []

    with transaction(), transaction() as inner:
        inner.add(a_note())
    assert keys() == ["account:a"]


def test_after_an_error_the_next_transaction_starts_anew(db):
    def fail() -> None:
        with transaction() as session:
            session.add(a_note("account:a"))
            session.flush()
            raise RuntimeError("mất điện")

    with pytest.raises(RuntimeError, match="mất điện"):
        fail()

    with transaction() as session:
        session.add(a_note("account:b"))

    assert keys() == ["account:b"]


WRITES: dict[str, Callable[[], object]] = {
    "a new object": lambda: (database.session.add(a_note("account:b")), database.session.flush()),
    "a changed object": lambda: (
        setattr(database.session.get_one(SignInFailure, "account:a"), "failures", 9),
        database.session.flush(),
    ),
    "a deleted object": lambda: (
        database.session.delete(database.session.get_one(SignInFailure, "account:a")),
        database.session.flush(),
    ),
    "a change that a query would flush": lambda: (
        database.session.add(a_note("account:b")),
        database.session.scalars(select(SignInFailure)).all(),
    ),
    "an insert": lambda: database.session.execute(
        insert(SignInFailure).values(key="account:b", failures=1, last_at=NOON)
    ),
    "an upsert": lambda: database.session.execute(
        upsert(SignInFailure).values(key="account:b", failures=1, last_at=NOON).on_conflict_do_nothing()
    ),
    "an update": lambda: database.session.execute(update(SignInFailure).values(failures=9)),
    "a delete": lambda: database.session.execute(delete(SignInFailure)),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_change_outside_a_transaction_is_an_error(db, write):
    with transaction() as session:
        session.add(a_note("account:a"))

    with pytest.raises(RuntimeError, match=r"belongs inside transaction\(\)"):
        WRITES[write]()
    database.session.rollback()

    assert keys() == ["account:a"]
    with transaction():
        WRITES[write]()


def test_what_waits_for_the_commit_is_done_after_it_and_in_order(db):
    done: list[object] = []

    with transaction() as session:
        session.add(a_note())
        after_commit(lambda: done.append(keys()))
        with transaction():
            after_commit(lambda: done.append("second"))
        assert done == []

    assert done == [["account:a"], "second"]


def test_what_waits_for_the_commit_is_not_done_without_it(db):
    done: list[str] = []

    def fail() -> None:
        with transaction():
            after_commit(lambda: done.append("first"))
            raise RuntimeError("mất điện")

    with pytest.raises(RuntimeError, match="mất điện"):
        fail()
    with transaction():
        after_commit(lambda: done.append("second"))

    assert done == ["second"]


def test_many_who_count_at_once_lose_no_count(db):
    """On SQLite the write lock is taken before the read, so nobody writes what has become out of date."""
    with transaction() as session:
        session.add(a_note(failures=0))

    def count(_worker: int) -> None:
        with db.app_context():
            for _round in range(5):
                with transaction() as session:
                    row = session.get_one(SignInFailure, "account:a", with_for_update=True, populate_existing=True)
                    row.failures += 1

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(count, range(4)))

    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT failures FROM sign_in_failure")).scalar() == 20


def test_sqlite_keeps_what_it_has_acknowledged_and_lets_readers_read(db):
    if database.engine.dialect.name != "sqlite":
        pytest.skip("says what SQLite is told")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}

    with database.engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}

    assert found == wanted


# --- Looking up -------------------------------------------------------------------------------------------------------


def test_what_is_not_there_is_not_found(db):
    with transaction() as session:
        session.add(a_note())

    assert one_or_not_found(select(SignInFailure).where(SignInFailure.key == "account:a")).failures == 1
    with pytest.raises(NotFound):
        one_or_not_found(select(SignInFailure).where(SignInFailure.key == "account:b"))


# --- Values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        datetime(2026, 11, 10, 12, tzinfo=timezone(timedelta(hours=7))),
        datetime(2026, 11, 9, 23, 30, tzinfo=timezone(-timedelta(hours=5, minutes=30))),
    ],
)
def test_a_moment_comes_back_as_itself_in_utc(db, moment):
    with transaction() as session:
        session.add(a_note(at=moment))
    database.session.expire_all()

    found = database.session.get_one(SignInFailure, "account:a").last_at

    assert (found, found.tzinfo) == (NOON, UTC)
    assert database.session.scalar(select(func.count()).where(SignInFailure.last_at == moment)) == 1
    assert database.session.scalar(select(func.count()).where(SignInFailure.last_at < moment)) == 0


def test_a_moment_keeps_its_microseconds(db):
    moment = NOON + timedelta(microseconds=1)

    with transaction() as session:
        session.add(a_note(at=moment))
    database.session.expire_all()

    assert database.session.get_one(SignInFailure, "account:a").last_at == moment


def test_a_moment_without_its_zone_is_an_error():
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(NOON.replace(tzinfo=None), sqlite.dialect())
    assert UtcDateTime().process_bind_param(None, sqlite.dialect()) is None


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Đoàn\x00 viên", "Đoàn viên"),
        ("cắt \ud83d", "cắt �"),
        ("nối \ud83d\ude00", "nối 😀"),
        ("Đoàn\tviên", "Đoàn\tviên"),
    ],
)
def test_text_that_no_database_can_hold_is_mended_on_the_way_in(db, typed, stored):
    with transaction() as session:
        session.add(a_note(typed))
    database.session.expunge_all()

    assert keys() == [stored]
    assert database.session.scalar(select(func.count()).where(SignInFailure.key == typed)) == 1
    assert list(database.session.scalars(select(Person).where(Person.code.ilike(typed)))) == []


@given(st.text())
def test_ordinary_text_is_stored_as_it_is(text):
    assert storable(text) == text.replace("\x00", "")


# --- Connections ------------------------------------------------------------------------------------------------------


def test_a_connection_that_went_away_while_it_lay_idle_is_replaced(db, monkeypatch):
    if database.engine.dialect.name != "postgresql":
        pytest.skip("a file does not go away")
    monkeypatch.setattr("lms.db.IDLE", -1.0)
    with database.engine.connect() as first:
        gone = first.execute(text("SELECT pg_backend_pid()")).scalar_one()
    end = create_engine(database.engine.url, isolation_level="AUTOCOMMIT")
    with end.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": gone})
    end.dispose()

    with database.engine.connect() as again:
        now = again.execute(text("SELECT pg_backend_pid()")).scalar_one()

    assert now != gone
