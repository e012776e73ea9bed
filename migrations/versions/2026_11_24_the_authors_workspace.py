"""The authors' workspace: files, proposals, pictures, and facts that questions rest on"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(), nullable=False),
        sa.Column("document_type", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("superseded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
        sa.UniqueConstraint("scope", "code", name=op.f("uq_fact_scope_code")),
    )
    op.create_table(
        "image",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_image")),
    )
    op.create_table(
        "file_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("saved_at", sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_file_revision_saved_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_revision")),
        sa.UniqueConstraint("path", "number", name=op.f("uq_file_revision_path_number")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("is_approved", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_proposal_decided_by_id_person")),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_proposal_module_id_module")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_proposal_proposed_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index("ix_proposal_module_id", ["module_id"], unique=False)

    op.create_table(
        "version_file",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["file_revision.id"], name=op.f("fk_version_file_revision_id_file_revision")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["module_version.id"], name=op.f("fk_version_file_version_id_module_version")
        ),
        sa.PrimaryKeyConstraint("version_id", "revision_id", name=op.f("pk_version_file")),
    )
    op.create_table(
        "question_fact",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("fact_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name=op.f("fk_question_fact_fact_id_fact")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question_version.id"], name=op.f("fk_question_fact_question_id_question_version")
        ),
        sa.PrimaryKeyConstraint("question_id", "fact_id", name=op.f("pk_question_fact")),
    )
    with op.batch_alter_table("question_fact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_fact_fact_id"), ["fact_id"], unique=False)

    with op.batch_alter_table("module", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unit_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_module_unit_id_unit"), "unit", ["unit_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("module", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_module_unit_id_unit"), type_="foreignkey")
        batch_op.drop_column("unit_id")
    for table in ("question_fact", "version_file", "proposal", "file_revision", "image", "fact"):
        op.drop_table(table)
