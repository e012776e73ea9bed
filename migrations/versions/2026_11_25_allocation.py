"""Texts given to reviewers, and how much each can grade"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reflection_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("touched_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ending", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name=op.f("ck_assignment_ended_says_how")),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name=op.f("fk_assignment_given_by_id_person")),
        sa.ForeignKeyConstraint(
            ["reflection_id"], ["reflection.id"], name=op.f("fk_assignment_reflection_id_reflection")
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["person.id"], name=op.f("fk_assignment_reviewer_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_reflection_id", ["reflection_id"], unique=False)
        batch_op.create_index(
            "uq_assignment_open",
            ["reviewer_id", "reflection_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
    op.create_table(
        "capacity",
        sa.Column("drive_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("a_day", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["drive_id"], ["drive.id"], name=op.f("fk_capacity_drive_id_drive")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_capacity_person_id_person")),
        sa.PrimaryKeyConstraint("drive_id", "person_id", name=op.f("pk_capacity")),
    )
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.add_column(sa.Column("untouched_days", sa.Integer(), nullable=False, server_default="5"))
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.alter_column("untouched_days", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("drive", schema=None) as batch_op:
        batch_op.drop_column("untouched_days")
    op.drop_table("capacity")
    op.drop_table("assignment")
