"""Texts that two people mark, and what their marks come to"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.add_column(sa.Column("marks_wanted", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("most_apart", sa.Numeric(4, 2), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("settle_by", sa.String(length=40), nullable=False, server_default="mean"))
    with op.batch_alter_table("drive", schema=None) as batch_op:
        for name in ("marks_wanted", "most_apart", "settle_by"):
            batch_op.alter_column(name, server_default=None)
    _marks_with_numbers("decision IN ('mark', 'settled')")


def downgrade() -> None:
    """Texts that two people had marked keep these marks; what the marks came to is lost."""
    grade = sa.table("grade", sa.column("decision", sa.String()))
    op.execute(grade.delete().where(grade.c.decision == "settled"))
    _marks_with_numbers("decision = 'mark'")
    with op.batch_alter_table("drive", schema=None) as batch_op:
        for name in ("settle_by", "most_apart", "marks_wanted"):
            batch_op.drop_column(name)


def _marks_with_numbers(which: str) -> None:
    name = op.f("ck_grade_mark_has_number")
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, f"({which}) = (mark IS NOT NULL)")
