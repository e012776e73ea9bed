"""Marks that a lead has looked at once more"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "moderation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_moderation_grade_id_grade")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_moderation_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation")),
        sa.UniqueConstraint("grade_id", "person_id", name=op.f("uq_moderation_grade_id_person_id")),
    )


def downgrade() -> None:
    op.drop_table("moderation")
