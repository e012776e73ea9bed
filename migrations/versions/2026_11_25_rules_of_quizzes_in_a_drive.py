"""Rules of quizzes in a drive, sections of attempts, topics and difficulties of questions"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
NEW = {
    "question_version": (("topic", sa.String(), ""), ("difficulty", sa.String(40), "vua")),
    "attempt": (
        ("sections", JSON, "[]"),
        ("is_shuffled", sa.Boolean(), sa.true()),
        ("grace_seconds", sa.Integer(), "15"),
    ),
}


def upgrade() -> None:
    op.create_table(
        "quiz_settings",
        sa.Column("drive_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=True),
        sa.Column("closes_at", MOMENT, nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=True),
        sa.Column("wait_minutes", sa.Integer(), nullable=True),
        sa.Column("counts", sa.String(40), nullable=True),
        sa.Column("pass_percent", sa.Integer(), nullable=True),
        sa.Column("feedback", sa.String(40), nullable=True),
        sa.Column("show_marks", sa.Boolean(), nullable=True),
        sa.Column("show_answers", sa.Boolean(), nullable=True),
        sa.Column("show_explanations", sa.Boolean(), nullable=True),
        sa.Column("shuffle", sa.Boolean(), nullable=True),
        sa.Column("one_a_page", sa.Boolean(), nullable=True),
        sa.Column("grace_seconds", sa.Integer(), nullable=True),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name=op.f("ck_quiz_settings_window")
        ),
        sa.CheckConstraint("minutes > 0 AND pass_percent BETWEEN 1 AND 100", name=op.f("ck_quiz_settings_bounds")),
        sa.ForeignKeyConstraint(["drive_id"], ["drive.id"], name=op.f("fk_quiz_settings_drive_id_drive")),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_quiz_settings_module_id_module")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_quiz_settings_set_by_id_person")),
        sa.PrimaryKeyConstraint("drive_id", "module_id", name=op.f("pk_quiz_settings")),
    )
    for table, columns in NEW.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, type, default in columns:
                batch_op.add_column(sa.Column(name, type, nullable=False, server_default=default))
    for table, columns in NEW.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _type, _default in columns:
                batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    for table, columns in NEW.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _type, _default in columns:
                batch_op.drop_column(name)
    op.drop_table("quiz_settings")
