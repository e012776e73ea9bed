"""Where reflections go: absences, direct superiors, and every move of a text"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_absence_days")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_person_id", "absence", ["person_id", "last_day"])
    op.create_table(
        "rerouting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reflection_id", sa.Integer(), nullable=False),
        sa.Column("from_unit_id", sa.Integer(), nullable=True),
        sa.Column("to_unit_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_rerouting_by_id_person")),
        sa.ForeignKeyConstraint(["from_unit_id"], ["unit.id"], name=op.f("fk_rerouting_from_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["reflection_id"], ["reflection.id"], name=op.f("fk_rerouting_reflection_id_reflection")
        ),
        sa.ForeignKeyConstraint(["to_unit_id"], ["unit.id"], name=op.f("fk_rerouting_to_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rerouting")),
    )
    op.create_index("ix_rerouting_reflection_id", "rerouting", ["reflection_id"])
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forbids_direct", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.alter_column("forbids_direct", server_default=None)
    with op.batch_alter_table("reflection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("routed_from_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_reflection_routed_from_id_unit"), "unit", ["routed_from_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("reflection", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_reflection_routed_from_id_unit"), type_="foreignkey")
        batch_op.drop_column("routed_from_id")
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.drop_column("forbids_direct")
    op.drop_table("rerouting")
    op.drop_table("absence")
