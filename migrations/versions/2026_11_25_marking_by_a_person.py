"""Answers that a person marks, with every mark they had"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
PENDING = sa.text("submitted_at IS NOT NULL AND passed IS NULL")


def upgrade() -> None:
    op.create_table(
        "hand_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("question_key", sa.String(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("points", JSON, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_hand_mark_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_hand_mark_made_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_mark")),
    )
    with op.batch_alter_table("hand_mark", schema=None) as batch_op:
        batch_op.create_index("ix_hand_mark_attempt_id", ["attempt_id"], unique=False)
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("by_hand", JSON, nullable=True))
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(
            "ix_attempt_pending", ["version_id"], unique=False, sqlite_where=PENDING, postgresql_where=PENDING
        )
    with op.batch_alter_table("former_mark", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hand_mark_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(), nullable=True))
        batch_op.alter_column("correction_id", existing_type=sa.Integer(), nullable=True)
        batch_op.create_foreign_key(
            op.f("fk_former_mark_hand_mark_id_hand_mark"), "hand_mark", ["hand_mark_id"], ["id"]
        )
    op.execute(
        """
        UPDATE former_mark SET reason = (
            SELECT CASE WHEN former_mark.is_undo THEN COALESCE(key_correction.undone_because, '')
                ELSE key_correction.reason END
            FROM key_correction WHERE key_correction.id = former_mark.correction_id
        )
        """
    )
    with op.batch_alter_table("former_mark", schema=None) as batch_op:
        batch_op.alter_column("reason", existing_type=sa.String(), nullable=False)
        batch_op.create_check_constraint(
            op.f("ck_former_mark_cause"), "(correction_id IS NULL) <> (hand_mark_id IS NULL)"
        )


def downgrade() -> None:
    op.execute("DELETE FROM former_mark WHERE correction_id IS NULL")
    with op.batch_alter_table("former_mark", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_former_mark_cause"), type_="check")
        batch_op.drop_constraint(op.f("fk_former_mark_hand_mark_id_hand_mark"), type_="foreignkey")
        batch_op.alter_column("correction_id", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column("reason")
        batch_op.drop_column("hand_mark_id")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_pending")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_column("by_hand")
    op.drop_table("hand_mark")
