"""How Alembic reaches the database: through the running application, on SQLite and PostgreSQL alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import JSON, Connection

from lms.db import Text, UtcDateTime, Word, db


def render(kind: str, item: Any, autogenerate: Any) -> str | bool:
    """Write our own types as the plain ones beneath them, so that old migrations never import today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return 'sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")'
    if kind == "type" and isinstance(item, Text):
        return "sa.String()"
    if kind == "type" and isinstance(item, Word):
        return "sa.String(40)"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON(none_as_null=True).with_variant(sa.dialects.postgresql.JSONB(none_as_null=True), "postgresql")'
    return False


def run() -> None:
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=render,
            **current_app.extensions["migrate"].configure_args,
        )
        with rows_kept(connection), context.begin_transaction():
            context.run_migrations()
        connection.commit()


@contextmanager
def rows_kept(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew; rows that point into it must outlive that, and are judged after."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    try:
        yield
        if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
            raise RuntimeError(f"rows point to what is not there: {lost[:5]}")
    finally:
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")


run()
