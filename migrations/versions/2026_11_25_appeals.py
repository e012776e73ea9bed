"""Appeals, what results were before, and the days that a drive gives for them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "former_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("scores", JSON, nullable=False),
        sa.Column("mark", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.Column("rating", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_former_result_grade_id_grade")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_former_result_release_id_release")),
        sa.ForeignKeyConstraint(["replaced_by_id"], ["person.id"], name=op.f("fk_former_result_replaced_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_result")),
    )
    op.create_index("ix_former_result_release_id", "former_result", ["release_id"])
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reflection_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(decided_at IS NULL) = (outcome IS NULL)", name=op.f("ck_appeal_decided_says_how")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_appeal_decided_by_id_person")),
        sa.ForeignKeyConstraint(["reflection_id"], ["reflection.id"], name=op.f("fk_appeal_reflection_id_reflection")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    op.create_index("uq_appeal_reflection_id", "appeal", ["reflection_id"], unique=True)
    is_open = sa.text("decided_at IS NULL")
    op.create_index("ix_appeal_open", "appeal", ["due_at"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "appeal_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("is_by_author", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_note_appeal_id_appeal")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_appeal_note_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_note")),
    )
    op.create_index("ix_appeal_note_appeal_id", "appeal_note", ["appeal_id"])
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.add_column(sa.Column("appeal_days", sa.Integer(), nullable=False, server_default="5"))
        batch_op.add_column(sa.Column("appeal_answer_days", sa.Integer(), nullable=False, server_default="10"))
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.alter_column("appeal_days", server_default=None)
        batch_op.alter_column("appeal_answer_days", server_default=None)
    _marks_of("'mark', 'settled', 'appeal'")


def downgrade() -> None:
    op.execute("DELETE FROM grade WHERE decision = 'appeal' AND id NOT IN (SELECT grade_id FROM release)")
    op.execute("UPDATE grade SET decision = 'mark' WHERE decision = 'appeal'")
    _marks_of("'mark', 'settled'")
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.drop_column("appeal_answer_days")
        batch_op.drop_column("appeal_days")
    for table in ("appeal_note", "appeal", "former_result"):
        op.drop_table(table)


def _marks_of(decisions: str) -> None:
    """Which decisions bear a mark."""
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_grade_mark_has_number"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_grade_mark_has_number"), f"(decision IN ({decisions})) = (mark IS NOT NULL)"
        )
