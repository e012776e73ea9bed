"""How many bytes were ever put into a bundle"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.add_column(sa.Column("received", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.alter_column("received", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.drop_column("received")
