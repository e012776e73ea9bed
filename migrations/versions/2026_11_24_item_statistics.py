"""Item statistics: what the attempts at a quiz say about its questions, worked out by the worker"""

import sqlalchemy as sa
import sqlalchemy.dialects.postgresql
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "item_statistics",
        sa.Column("drive_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column(
            "figures",
            sa.JSON(none_as_null=True).with_variant(sa.dialects.postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("computed_at", sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["drive_id"], ["drive.id"], name=op.f("fk_item_statistics_drive_id_drive")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_item_statistics_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["module_version.id"], name=op.f("fk_item_statistics_version_id_module_version")
        ),
        sa.PrimaryKeyConstraint("drive_id", "version_id", "unit_id", name=op.f("pk_item_statistics")),
    )


def downgrade() -> None:
    op.drop_table("item_statistics")
