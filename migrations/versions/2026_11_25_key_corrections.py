"""Corrections of keys after attempts, and the marks that they replaced"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("out_of", sa.Integer(), nullable=True))
    op.create_table(
        "key_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drive_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("question_key", sa.String(), nullable=False),
        sa.Column("effect", sa.String(40), nullable=False),
        sa.Column("right_options", JSON, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("form_token", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("reached_id", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("undone_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["drive_id"], ["drive.id"], name=op.f("fk_key_correction_drive_id_drive")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["module_version.id"], name=op.f("fk_key_correction_version_id_module_version")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_key_correction_made_by_id_person")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name=op.f("fk_key_correction_undone_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_correction")),
        sa.UniqueConstraint("form_token", name=op.f("uq_key_correction_form_token")),
    )
    with op.batch_alter_table("key_correction", schema=None) as batch_op:
        batch_op.create_index(
            "uq_key_correction_in_force",
            ["drive_id", "version_id", "question_key"],
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )
    op.create_table(
        "former_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("is_undo", sa.Boolean(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("most_points", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_former_mark_attempt_id_attempt")),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["key_correction.id"], name=op.f("fk_former_mark_correction_id_key_correction")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_mark")),
    )
    with op.batch_alter_table("former_mark", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_former_mark_attempt_id"), ["attempt_id"], unique=False)


def downgrade() -> None:
    op.drop_table("former_mark")
    op.drop_table("key_correction")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_column("out_of")
