"""Connection points of a drive, who takes part where, and exceptions for a point"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

OF_TWO = "(person_id IS NULL) <> (unit_id IS NULL)"
OF_THREE = """
    CASE WHEN person_id IS NULL THEN 0 ELSE 1 END + CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END
    + CASE WHEN point_id IS NULL THEN 0 ELSE 1 END = 1
"""


def upgrade() -> None:
    op.create_table(
        "venue_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drive_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("is_central", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["drive_id"], ["drive.id"], name=op.f("fk_venue_point_drive_id_drive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_point")),
        sa.UniqueConstraint("drive_id", "name", name=op.f("uq_venue_point_drive_id_name")),
    )
    with op.batch_alter_table("summons", schema=None) as batch_op:
        batch_op.add_column(sa.Column("point_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_summons_point_id_venue_point"), "venue_point", ["point_id"], ["id"])
        batch_op.create_index("ix_summons_point_id", ["point_id"], unique=False)
    with op.batch_alter_table("quiz_exception", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_quiz_exception_subject"), type_="check")
        batch_op.add_column(sa.Column("point_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_quiz_exception_point_id_venue_point"), "venue_point", ["point_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_quiz_exception_subject"), OF_THREE)


def downgrade() -> None:
    op.execute("DELETE FROM quiz_exception WHERE point_id IS NOT NULL")
    with op.batch_alter_table("quiz_exception", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_quiz_exception_subject"), type_="check")
        batch_op.drop_constraint(op.f("fk_quiz_exception_point_id_venue_point"), type_="foreignkey")
        batch_op.drop_column("point_id")
        batch_op.create_check_constraint(op.f("ck_quiz_exception_subject"), OF_TWO)
    with op.batch_alter_table("summons", schema=None) as batch_op:
        batch_op.drop_index("ix_summons_point_id")
        batch_op.drop_constraint(op.f("fk_summons_point_id_venue_point"), type_="foreignkey")
        batch_op.drop_column("point_id")
    op.drop_table("venue_point")
