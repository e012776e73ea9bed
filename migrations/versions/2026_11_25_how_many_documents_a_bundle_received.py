"""How many documents were ever put into a bundle"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.add_column(sa.Column("documents", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.alter_column("documents", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.drop_column("documents")
