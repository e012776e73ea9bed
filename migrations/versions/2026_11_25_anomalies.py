"""Anomalies in finished attempts, how far the worker has looked for them, and what people made of each"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"

MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "anomaly_scan",
        sa.Column("drive_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("reached_id", sa.Integer(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["drive_id"], ["drive.id"], name=op.f("fk_anomaly_scan_drive_id_drive")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["module_version.id"], name=op.f("fk_anomaly_scan_version_id_module_version")
        ),
        sa.PrimaryKeyConstraint("drive_id", "version_id", name=op.f("pk_anomaly_scan")),
    )
    op.create_table(
        "anomaly_found",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drive_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("figures", JSON, nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.CheckConstraint("attempt_id <= other_id", name=op.f("ck_anomaly_found_order")),
        sa.ForeignKeyConstraint(["drive_id"], ["drive.id"], name=op.f("fk_anomaly_found_drive_id_drive")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_anomaly_found_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["other_id"], ["attempt.id"], name=op.f("fk_anomaly_found_other_id_attempt")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anomaly_found")),
        sa.UniqueConstraint("kind", "attempt_id", "other_id", name=op.f("uq_anomaly_found_kind_attempt_id_other_id")),
    )
    with op.batch_alter_table("anomaly_found", schema=None) as batch_op:
        batch_op.create_index("ix_anomaly_found_drive_id", ["drive_id"], unique=False)
    op.create_table(
        "anomaly_judgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("anomaly_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["anomaly_id"], ["anomaly_found.id"], name=op.f("fk_anomaly_judgement_anomaly_id_anomaly_found")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_anomaly_judgement_made_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anomaly_judgement")),
    )
    with op.batch_alter_table("anomaly_judgement", schema=None) as batch_op:
        batch_op.create_index("ix_anomaly_judgement_anomaly_id", ["anomaly_id"], unique=False)


def downgrade() -> None:
    op.drop_table("anomaly_judgement")
    op.drop_table("anomaly_found")
    op.drop_table("anomaly_scan")
