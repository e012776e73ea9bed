"""Another rubric in the middle of grading, and what marks were before it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "rubric_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drive_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("rubric_version_id", sa.Integer(), nullable=False),
        sa.Column("by_levels", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("undone_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["drive_id"], ["drive.id"], name=op.f("fk_rubric_change_drive_id_drive")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_rubric_change_made_by_id_person")),
        sa.ForeignKeyConstraint(
            ["rubric_version_id"], ["module_version.id"], name=op.f("fk_rubric_change_rubric_version_id_module_version")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["module_version.id"], name=op.f("fk_rubric_change_version_id_module_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubric_change")),
    )
    stands = sa.text("undone_at IS NULL")
    op.create_index(
        "uq_rubric_change_standing",
        "rubric_change",
        ["drive_id", "version_id"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    op.create_table(
        "revaluation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("scores_before", JSON, nullable=False),
        sa.Column("mark_before", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.Column("mark_after", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["rubric_change.id"], name=op.f("fk_revaluation_change_id_rubric_change")
        ),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_revaluation_grade_id_grade")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revaluation")),
        sa.UniqueConstraint("change_id", "grade_id", name=op.f("uq_revaluation_change_id_grade_id")),
    )


def downgrade() -> None:
    """Marks stay as the last rubric made them."""
    op.drop_table("revaluation")
    op.drop_table("rubric_change")
