"""Late reflections, a later day for some, and none asked of others"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "dispensation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drive_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("form_token", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_because", sa.String(), nullable=True),
        sa.CheckConstraint("(person_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_dispensation_subject")),
        sa.CheckConstraint("(kind = 'extension') = (until IS NOT NULL)", name=op.f("ck_dispensation_day")),
        sa.ForeignKeyConstraint(["drive_id"], ["drive.id"], name=op.f("fk_dispensation_drive_id_drive")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dispensation_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_dispensation_unit_id_unit")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_dispensation_made_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispensation")),
        sa.UniqueConstraint("form_token", name=op.f("uq_dispensation_form_token")),
    )
    with op.batch_alter_table("dispensation", schema=None) as batch_op:
        batch_op.create_index("ix_dispensation_drive_id", ["drive_id"], unique=False)
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.add_column(sa.Column("late_until", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("grace_seconds", sa.Integer(), nullable=False, server_default="60"))
        batch_op.create_check_constraint(
            op.f("ck_drive_late"), "late_until >= reflection_due_at AND late_until <= closes_at"
        )
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.alter_column("grace_seconds", server_default=None)
    with op.batch_alter_table("reflection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_late", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("reflection", schema=None) as batch_op:
        batch_op.alter_column("is_late", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("reflection", schema=None) as batch_op:
        batch_op.drop_column("is_late")
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_drive_late"), type_="check")
        batch_op.drop_column("grace_seconds")
        batch_op.drop_column("late_until")
    op.drop_table("dispensation")
