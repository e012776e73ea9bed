"""Corrections that let further answers count"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("key_correction", schema=None) as batch_op:
        batch_op.add_column(sa.Column("further", JSON, nullable=False, server_default="[]"))
    with op.batch_alter_table("key_correction", schema=None) as batch_op:
        batch_op.alter_column("further", existing_type=JSON, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("key_correction", schema=None) as batch_op:
        batch_op.drop_column("further")
