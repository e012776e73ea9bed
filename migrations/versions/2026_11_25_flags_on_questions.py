"""Flags with which learners mark questions to come back to"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "question_flag",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("question_key", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_question_flag_attempt_id_attempt")),
        sa.PrimaryKeyConstraint("attempt_id", "question_key", name=op.f("pk_question_flag")),
    )


def downgrade() -> None:
    op.drop_table("question_flag")
