"""Drives graded without names, and who was shown a name and why"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "unmasking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reflection_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unmasking_person_id_person")),
        sa.ForeignKeyConstraint(
            ["reflection_id"], ["reflection.id"], name=op.f("fk_unmasking_reflection_id_reflection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmasking")),
    )
    with op.batch_alter_table("unmasking", schema=None) as batch_op:
        batch_op.create_index("ix_unmasking_reflection_id", ["reflection_id", "person_id"], unique=False)
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_blind", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.alter_column("is_blind", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.drop_column("is_blind")
    op.drop_table("unmasking")
