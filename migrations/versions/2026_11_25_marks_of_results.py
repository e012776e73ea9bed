"""The mark of a result stands with it"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mark", sa.Numeric(precision=4, scale=2), nullable=True))
    op.execute("UPDATE release SET mark = (SELECT grade.mark FROM grade WHERE grade.id = release.grade_id)")
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.alter_column("mark", existing_type=sa.Numeric(precision=4, scale=2), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.drop_column("mark")
