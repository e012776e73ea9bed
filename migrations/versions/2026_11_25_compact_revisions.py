"""Revisions as what changed, and the text itself on its reflection"""

import hashlib
import json
import zlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")

REFLECTION = sa.table(
    "reflection",
    sa.column("id"),
    sa.column("head"),
    sa.column("texts", JSON),
    sa.column("saved_at", MOMENT),
    sa.column("whole_at"),
    sa.column("newest"),
)
REVISION = sa.table(
    "revision",
    sa.column("id"),
    sa.column("reflection_id"),
    sa.column("number"),
    sa.column("texts", JSON),
    sa.column("saved_at", MOMENT),
    sa.column("whole_at"),
    sa.column("against"),
    sa.column("packed", sa.LargeBinary),
    sa.column("sha256"),
)


def upgrade() -> None:
    with op.batch_alter_table("reflection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("texts", JSON, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("saved_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("whole_at", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("newest", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("form", sa.String(length=40), nullable=False, server_default="typed"))
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("whole_at", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("against", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("packed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("sha256", sa.String(), nullable=True))
    connection = op.get_bind()
    for row in connection.execute(sa.select(REVISION.c.id, REVISION.c.number, REVISION.c.texts)).all():
        whole = json.dumps(row.texts, ensure_ascii=False, sort_keys=True).encode()
        kept = {"whole_at": row.number, "packed": zlib.compress(whole), "sha256": hashlib.sha256(whole).hexdigest()}
        connection.execute(sa.update(REVISION).where(REVISION.c.id == row.id).values(**kept))
    heads = sa.select(REFLECTION.c.id, REVISION.c.number, REVISION.c.texts, REVISION.c.saved_at).join(
        REVISION, sa.and_(REVISION.c.reflection_id == REFLECTION.c.id, REVISION.c.number == REFLECTION.c.head)
    )
    for row in connection.execute(heads).all():
        text = {"texts": row.texts, "saved_at": row.saved_at, "whole_at": row.number}
        connection.execute(sa.update(REFLECTION).where(REFLECTION.c.id == row.id).values(**text))
    newest = sa.select(REVISION.c.reflection_id, sa.func.max(REVISION.c.number)).group_by(REVISION.c.reflection_id)
    for reflection_id, number in connection.execute(newest).all():
        connection.execute(sa.update(REFLECTION).where(REFLECTION.c.id == reflection_id).values(newest=number))
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.alter_column("whole_at", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("packed", existing_type=sa.LargeBinary(), nullable=False)
        batch_op.alter_column("sha256", existing_type=sa.String(), nullable=False)
        batch_op.drop_column("texts")
    with op.batch_alter_table("reflection", schema=None) as batch_op:
        for name, kind in (("texts", JSON), ("whole_at", sa.Integer()), ("newest", sa.Integer())):
            batch_op.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
        batch_op.alter_column("form", existing_type=sa.String(length=40), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("texts", JSON, nullable=True))
    connection = op.get_bind()
    kept = sa.select(
        REVISION.c.id, REVISION.c.reflection_id, REVISION.c.number, REVISION.c.against, REVISION.c.packed
    ).order_by(REVISION.c.reflection_id, REVISION.c.number)
    known: dict[int, bytes] = {}
    reflection_id = None
    for row in connection.execute(kept).all():
        if row.reflection_id != reflection_id:
            known, reflection_id = {}, row.reflection_id
        whole = zlib.decompress(row.packed) if row.against is None else _changed(known[row.against], row.packed)
        known[row.number] = whole
        connection.execute(sa.update(REVISION).where(REVISION.c.id == row.id).values(texts=json.loads(whole)))
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.alter_column("texts", existing_type=JSON, nullable=False)
        for name in ("sha256", "packed", "against", "whole_at"):
            batch_op.drop_column(name)
    with op.batch_alter_table("reflection", schema=None) as batch_op:
        for name in ("form", "newest", "whole_at", "saved_at", "texts"):
            batch_op.drop_column(name)


def _changed(before: bytes, packed: bytes) -> bytes:
    """The state that a kept change leads to."""
    start, end, deflated = packed.split(b" ", 2)
    between = zlib.decompressobj(-15, zdict=before[-32_768:]).decompress(deflated)
    return before[: int(start)] + between + before[len(before) - int(end) :]
