"""Files handed in with a reflection, and who entered one on its author's behalf"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "bundle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("summons_id", sa.Integer(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["summons_id"], ["summons.id"], name=op.f("fk_bundle_summons_id_summons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle")),
    )
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.create_index("ix_bundle_summons_id", ["summons_id"], unique=False)
        batch_op.create_index(
            "ix_bundle_own",
            ["summons_id"],
            unique=True,
            sqlite_where=sa.text("is_own"),
            postgresql_where=sa.text("is_own"),
        )
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("media", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("taken_until", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_upload_bundle_id_bundle")),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_upload_added_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_bundle_id"), ["bundle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_sha256"), ["sha256"], unique=False)
        batch_op.create_index(
            "ix_upload_waiting",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
    op.create_table(
        "scan_page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_scan_page_bundle_id_bundle")),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_scan_page_upload_id_upload")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_page")),
    )
    with op.batch_alter_table("scan_page", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scan_page_bundle_id"), ["bundle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scan_page_sha256"), ["sha256"], unique=False)
    op.create_table(
        "enclosure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("summons_id", sa.Integer(), nullable=False),
        sa.Column("receipt_no", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("media", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["summons_id"], ["summons.id"], name=op.f("fk_enclosure_summons_id_summons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enclosure")),
        sa.UniqueConstraint("receipt_no", "position", name=op.f("uq_enclosure_receipt_no_position")),
    )
    with op.batch_alter_table("enclosure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enclosure_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_enclosure_summons_id"), ["summons_id"], unique=False)
    with op.batch_alter_table("hand_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("form", sa.String(length=40), nullable=False, server_default="typed"))
        batch_op.add_column(sa.Column("entered_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("approved_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_hand_in_entered_by_id_person"), "person", ["entered_by_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_hand_in_approved_by_id_person"), "person", ["approved_by_id"], ["id"])
    with op.batch_alter_table("hand_in", schema=None) as batch_op:
        batch_op.alter_column("form", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("hand_in", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_hand_in_approved_by_id_person"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_hand_in_entered_by_id_person"), type_="foreignkey")
        batch_op.drop_column("approved_by_id")
        batch_op.drop_column("entered_by_id")
        batch_op.drop_column("form")
    for table in ("enclosure", "scan_page", "upload", "bundle"):
        op.drop_table(table)
