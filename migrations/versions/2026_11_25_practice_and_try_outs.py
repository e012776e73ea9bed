"""Practising with a quiz's questions, and trying out a device before a quiz"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("quiz_settings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("practice", sa.String(length=40), nullable=True))
    op.create_table(
        "try_out",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.String(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_try_out_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_try_out")),
    )


def downgrade() -> None:
    op.drop_table("try_out")
    with op.batch_alter_table("quiz_settings", schema=None) as batch_op:
        batch_op.drop_column("practice")
