"""The heading of a lesson under which the answer to a question stands"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    with op.batch_alter_table("question_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("passage", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("question_version", schema=None) as batch_op:
        batch_op.alter_column("passage", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("question_version", schema=None) as batch_op:
        batch_op.drop_column("passage")
