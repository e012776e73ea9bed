"""The database: one `db`, one way to write (`transaction`), and types that mean the same on SQLite and PostgreSQL."""

import json
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Integer,
    MetaData,
    Select,
    String,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, UOWTransaction, registry
from sqlalchemy.pool import Pool
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from lms.errors import NotFound

FOREVER = date(9999, 12, 31)
"""`valid_to` of what has no known end. Both ends of a validity belong to it."""

T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Always aware in Python; UTC without zone in SQLite, timestamptz in PostgreSQL."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def storable(text: str) -> str:
    """The text as both databases can hold it: without NUL, and with � for half of an emoji that was cut in two."""
    return text.replace("\x00", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def storable_json(value: Any) -> str:
    """JSON as both databases can hold it: what `storable` leaves out of texts is left out here, too."""
    return re.sub(r"(\\\\)|\\u0000", r"\1", storable(json.dumps(value, ensure_ascii=False)))


class Text(TypeDecorator[str]):
    """Text of any length. What no database can hold is left out, so that nothing anybody types ends in an error."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Word(TypeDecorator[StrEnum]):
    """A word out of a StrEnum, stored as its text so that new words need no migration."""

    impl = String(40)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


NAMES = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    registry = registry(metadata=NAMES, type_annotation_map={datetime: UtcDateTime(), str: Text()})


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def init_app(app: Flask) -> None:
    url = app.config["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    threads = app.config["THREADS"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": threads,
        "max_overflow": threads,
        "json_serializer": storable_json,
    }
    db.init_app(app)


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, record: Any) -> None:
    """SQLite: durable, many readers beside one writer, foreign keys on; only `transaction` opens a transaction."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")


IDLE = 30.0
"""Seconds after which a connection that nobody used is tried before it is used again."""


@event.listens_for(Pool, "checkin")
def _note_last_use(connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _try_if_idle(connection: Any, record: Any, proxy: Any) -> None:
    """Replace a connection to PostgreSQL that went away while it lay idle. One in steady use is not asked each time,
    as `pool_pre_ping` would: that costs every request another trip to the database."""
    is_idle = time.monotonic() - record.info.get("used_at", math.inf) > IDLE
    if not is_idle or type(connection).__module__.startswith("sqlite3"):
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except connection.OperationalError as error:
        raise DisconnectionError() from error


@contextmanager
def transaction() -> Iterator[Session]:
    """All or nothing: commit at the end, roll back on any error. One inside another joins it.

    On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so that a read inside is never out of date by the
    time of the write and nobody meets "database is locked".
    """
    session = db.session()
    if session.info.get("writing"):
        yield session
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    session.info["writing"], session.info["afterwards"] = True, []
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        afterwards = session.info.pop("afterwards")
        session.info.pop("writing")
    for act in afterwards:
        act()


def after_commit(act: Callable[[], None]) -> None:
    """Do this once the transaction has held; not at all if it did not."""
    db.session().info["afterwards"].append(act)


@event.listens_for(Session, "before_flush")
def _no_write_outside(session: Session, context: UOWTransaction, instances: Any) -> None:
    if not session.info.get("writing"):
        raise RuntimeError("a change belongs inside transaction()")


@event.listens_for(Session, "do_orm_execute")
def _no_statement_outside(state: ORMExecuteState) -> None:
    statement = state.statement
    if isinstance(statement, UpdateBase) and not state.session.info.get("writing"):
        raise RuntimeError("a change belongs inside transaction()")


def dialect() -> str:
    """ "sqlite" or "postgresql"."""
    return db.session.connection().dialect.name


def upsert(model: Any) -> Any:
    """An INSERT into the model's table that knows `on_conflict_do_update`, in the dialect at hand."""
    return (postgresql if dialect() == "postgresql" else sqlite).insert(model.__table__)


Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def fetch(statement: Executable, parameters: Parameters) -> CursorResult[*tuple[Any, ...]]:
    """Plain rows for a statement of columns with bound parameters: what hot pages use, without the work of objects."""
    return db.session.connection().execute(statement, parameters)


def one_or_not_found(statement: Select[T]) -> T:
    """The single row of an already scoped statement; absent and not visible are the same 404."""
    row = db.session.execute(statement).scalar_one_or_none()
    if row is None:
        raise NotFound()
    return row


class json_length(FunctionElement[int]):  # noqa: N801
    """How many things a JSON list holds; each database has its own name for it."""

    type, inherit_cache = Integer(), True


@compiles(json_length)
def _of_text(element: json_length, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array_length({compiler.process(element.clauses, **kw)})"


@compiles(json_length, "postgresql")
def _of_jsonb(element: json_length, compiler: SQLCompiler, **kw: Any) -> str:
    return f"jsonb_array_length({compiler.process(element.clauses, **kw)})"
