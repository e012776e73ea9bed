"""A row for each handing in, so that every receipt stays true"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "hand_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reflection_id", sa.Integer(), nullable=False),
        sa.Column("receipt_no", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["reflection_id"], ["reflection.id"], name=op.f("fk_hand_in_reflection_id_reflection")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_in")),
        sa.UniqueConstraint("receipt_no", name=op.f("uq_hand_in_receipt_no")),
    )
    with op.batch_alter_table("hand_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hand_in_reflection_id"), ["reflection_id"], unique=False)
    op.execute(
        "INSERT INTO hand_in (reflection_id, receipt_no, revision, sha256, words, commitment, at) "
        "SELECT id, receipt_no, head, sha256, words, commitment, submitted_at FROM reflection "
        "WHERE receipt_no IS NOT NULL ORDER BY id"
    )


def downgrade() -> None:
    op.drop_table("hand_in")
