"""Reading: which version was read and must be read again, where one stopped, and how one likes to read"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "reading_place",
        sa.Column("summons_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("lesson_key", sa.String(), nullable=False),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("paragraph", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson_version.id"], name=op.f("fk_reading_place_lesson_id_lesson_version")
        ),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_reading_place_module_id_module")),
        sa.ForeignKeyConstraint(["summons_id"], ["summons.id"], name=op.f("fk_reading_place_summons_id_summons")),
        sa.PrimaryKeyConstraint("summons_id", "module_id", "lesson_key", name=op.f("pk_reading_place")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("text_size", sa.String(40), nullable=False, server_default="normal"))
        batch_op.add_column(sa.Column("high_contrast", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("lesson_read", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version_number", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("lesson_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("read_since", sa.Integer(), nullable=False, server_default="1"))
    op.execute(
        "UPDATE lesson_read SET version_number = (SELECT module_version.number FROM module_version"
        " JOIN lesson_version ON lesson_version.version_id = module_version.id"
        " WHERE lesson_version.id = lesson_read.lesson_id)"
    )
    for table, column in (
        ("account", "text_size"),
        ("account", "high_contrast"),
        ("lesson_read", "version_number"),
        ("lesson_version", "read_since"),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("lesson_version", schema=None) as batch_op:
        batch_op.drop_column("read_since")
    with op.batch_alter_table("lesson_read", schema=None) as batch_op:
        batch_op.drop_column("version_number")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("high_contrast")
        batch_op.drop_column("text_size")
    op.drop_table("reading_place")
