"""The grading desk: comments on passages, what reviewers type, a bank of comments, decisions taken back, due dates"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.add_column(sa.Column("most_returns", sa.Integer(), nullable=False, server_default="2"))
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.alter_column("most_returns", server_default=None)
    with op.batch_alter_table("reflection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rewrite_by", MOMENT, nullable=True))
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rewrite_by", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("takes_back_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_grade_takes_back_id_grade"), "grade", ["takes_back_id"], ["id"])
        batch_op.create_check_constraint(
            batch_op.f("ck_grade_taken_back_names_it"), "(decision = 'taken_back') = (takes_back_id IS NOT NULL)"
        )
        batch_op.create_index("ix_grade_reviewer_id", ["reviewer_id", "decided_at"], unique=False)
        batch_op.create_index("uq_grade_takes_back_id", ["takes_back_id"], unique=True)
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("prompt_id", sa.String(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("dealt_with_at", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_remark_grade_id_grade")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name=op.f("fk_remark_confirmed_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    with op.batch_alter_table("remark", schema=None) as batch_op:
        batch_op.create_index("ix_remark_grade_id", ["grade_id"], unique=False)
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reflection_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("scores", JSON, nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("remarks", JSON, nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["reflection_id"], ["reflection.id"], name=op.f("fk_notes_reflection_id_reflection")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["person.id"], name=op.f("fk_notes_reviewer_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("reviewer_id", "reflection_id", name=op.f("uq_notes_reviewer_id_reflection_id")),
    )
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.create_index("ix_notes_reflection_id", ["reflection_id"], unique=False)
    op.create_table(
        "phrase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_phrase_unit_id_unit")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_phrase_made_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase")),
        sa.UniqueConstraint("unit_id", "text", name=op.f("uq_phrase_unit_id_text")),
    )


def downgrade() -> None:
    """A decision taken back has no place before this; its rows go, and the decisions stand again."""
    op.drop_table("phrase")
    op.drop_table("notes")
    op.drop_table("remark")
    op.execute("DELETE FROM grade WHERE takes_back_id IS NOT NULL")
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.drop_index("uq_grade_takes_back_id")
        batch_op.drop_index("ix_grade_reviewer_id")
        batch_op.drop_constraint(batch_op.f("ck_grade_taken_back_names_it"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_grade_takes_back_id_grade"), type_="foreignkey")
        batch_op.drop_column("takes_back_id")
        batch_op.drop_column("rewrite_by")
    with op.batch_alter_table("reflection", schema=None) as batch_op:
        batch_op.drop_column("rewrite_by")
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.drop_column("most_returns")
