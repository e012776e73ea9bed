"""Exceptions to the rules of quizzes, and standing allowances of time"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "quiz_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drive_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("extra_minutes", sa.Integer(), nullable=False),
        sa.Column("extra_attempts", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("form_token", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True),
        sa.Column("withdrawn_because", sa.String(), nullable=True),
        sa.CheckConstraint("(person_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_quiz_exception_subject")),
        sa.CheckConstraint("extra_minutes >= 0 AND extra_attempts >= 0", name=op.f("ck_quiz_exception_extras")),
        sa.CheckConstraint(
            "extra_minutes + extra_attempts > 0 OR open_until IS NOT NULL", name=op.f("ck_quiz_exception_gives")
        ),
        sa.ForeignKeyConstraint(["drive_id"], ["drive.id"], name=op.f("fk_quiz_exception_drive_id_drive")),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_quiz_exception_module_id_module")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_quiz_exception_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_quiz_exception_unit_id_unit")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_quiz_exception_made_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_exception")),
        sa.UniqueConstraint("form_token", name=op.f("uq_quiz_exception_form_token")),
    )
    with op.batch_alter_table("quiz_exception", schema=None) as batch_op:
        batch_op.create_index("ix_quiz_exception_drive_id", ["drive_id"], unique=False)

    op.create_table(
        "allowance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("form_token", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True),
        sa.Column("withdrawn_because", sa.String(), nullable=True),
        sa.CheckConstraint("percent > 0", name=op.f("ck_allowance_percent")),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_allowance_dates")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_allowance_person_id_person")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_allowance_made_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowance")),
        sa.UniqueConstraint("form_token", name=op.f("uq_allowance_form_token")),
    )
    with op.batch_alter_table("allowance", schema=None) as batch_op:
        batch_op.create_index("ix_allowance_person_id", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("allowance")
    op.drop_table("quiz_exception")
