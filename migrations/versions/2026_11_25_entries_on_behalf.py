"""Reflections entered on somebody's behalf"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "behalf_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("summons_id", sa.Integer(), nullable=False),
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> made_by_id", name=op.f("ck_behalf_entry_second_person")
        ),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_behalf_entry_bundle_id_bundle")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_behalf_entry_decided_by_id_person")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_behalf_entry_made_by_id_person")),
        sa.ForeignKeyConstraint(["summons_id"], ["summons.id"], name=op.f("fk_behalf_entry_summons_id_summons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_behalf_entry")),
        sa.UniqueConstraint("bundle_id", name=op.f("uq_behalf_entry_bundle_id")),
    )
    with op.batch_alter_table("behalf_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_behalf_entry_summons_id"), ["summons_id"], unique=False)
        batch_op.create_index(
            "ix_behalf_entry_undecided",
            ["summons_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'sent')"),
            postgresql_where=sa.text("state IN ('open', 'sent')"),
        )


def downgrade() -> None:
    op.drop_table("behalf_entry")
