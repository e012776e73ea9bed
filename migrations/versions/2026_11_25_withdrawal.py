"""Drives that let authors take a reflection back until it is read"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.add_column(sa.Column("may_withdraw", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.alter_column("may_withdraw", server_default=None)
    with op.batch_alter_table("hand_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", MOMENT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("hand_in", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_at")
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.drop_column("may_withdraw")
