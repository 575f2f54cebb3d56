"""The first schema, with its append-only triggers.

Revision: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "clinic",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("books_begin_on", sa.Date(), nullable=False),
        sa.Column("earlier_lot_days", sa.Integer(), nullable=False),
        sa.Column("short_dated_days", sa.Integer(), nullable=False),
        sa.Column("sterile_products_max", sa.Integer(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "earlier_lot_days >= 0 AND short_dated_days >= 0", name=op.f("ck_clinic_days_not_negative")
        ),
        sa.CheckConstraint("sterile_products_max > 0", name=op.f("ck_clinic_sterile_products_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
        sa.UniqueConstraint("name", name=op.f("uq_clinic_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_clinic_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "ingredient",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ingredient_class", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingredient")),
        sa.UniqueConstraint("slug", name=op.f("uq_ingredient_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_ingredient_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "log_in_attempt",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", columns.UTCDateTime(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_in_attempt")),
        sqlite_strict=True,
    )
    op.create_index("ix_log_in_attempt_account", "log_in_attempt", ["account", "at"], unique=False)
    op.create_index("ix_log_in_attempt_address", "log_in_attempt", ["address", "at"], unique=False)
    op.create_index(op.f("ix_log_in_attempt_at"), "log_in_attempt", ["at"], unique=False)
    op.create_table(
        "manufacturer",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturer")),
        sa.UniqueConstraint("name", name=op.f("uq_manufacturer_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_manufacturer_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "organisation_entry",
        sa.Column("seq", columns.Identity, autoincrement=False, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("actor_uid", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_organisation_entry")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_organisation_entry_author_key", "organisation_entry", ["actor_uid", "key"], unique=True
    )
    op.create_table(
        "organisation_head",
        sa.Column("id", columns.Identity, autoincrement=False, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("seq", columns.Identity, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_organisation_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "patient",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("born_on", sa.LargeBinary(), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("reference", sa.LargeBinary(), nullable=True),
        sa.Column("allergies_asked_at", columns.UTCDateTime(), nullable=True),
        sa.Column("merged_into_id", columns.Identity, nullable=True),
        sa.Column("erased_at", columns.UTCDateTime(), nullable=True),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["merged_into_id"], ["patient.id"], name=op.f("fk_patient_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("short_code", name=op.f("uq_patient_short_code")),
        sa.UniqueConstraint("uid", name=op.f("uq_patient_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_patient_merged_into_id"), "patient", ["merged_into_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("profession", sa.Text(), nullable=False),
        sa.Column("is_system", sa.Boolean(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("uid", name=op.f("uq_person_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "product_group",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_group")),
        sa.UniqueConstraint("name", name=op.f("uq_product_group_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_product_group_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "reference_item",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "slug", name=op.f("pk_reference_item")),
        sqlite_strict=True,
    )
    op.create_table(
        "supplier",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("name", name=op.f("uq_supplier_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_supplier_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "alert",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_uid", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("raised_at", columns.UTCDateTime(), nullable=False),
        sa.Column("resolved_at", columns.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_alert_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "clinic_id",
            "kind",
            "subject_uid",
            "period",
            name=op.f("uq_alert_clinic_id_kind_subject_uid_period"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_alert_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "authorisation",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("person_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('prescribe', 'inject', 'compound')", name=op.f("ck_authorisation_kind_is_a_word")
        ),
        sa.CheckConstraint(
            "until_on IS NULL OR until_on >= from_on", name=op.f("ck_authorisation_until_after_from")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_authorisation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisation")),
        sqlite_strict=True,
    )
    op.create_table(
        "closed_period",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("through_at", columns.UTCDateTime(), nullable=False),
        sa.Column("through_seq", columns.Identity, nullable=False),
        sa.Column("balances_digest", sa.Text(), nullable=False),
        sa.Column("closed_by_id", columns.Identity, nullable=False),
        sa.Column("closed_at", columns.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_closed_period_clinic_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_closed_period_closed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_period")),
        sa.UniqueConstraint("uid", name=op.f("uq_closed_period_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "journal_entry",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("seq", columns.Identity, autoincrement=False, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("actor_uid", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "stream IN ('changes', 'disclosures')", name=op.f("ck_journal_entry_stream_is_a_word")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_journal_entry_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "stream", "seq", name=op.f("pk_journal_entry")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_journal_entry_author_key",
        "journal_entry",
        ["clinic_id", "stream", "actor_uid", "key"],
        unique=True,
    )
    op.create_table(
        "journal_head",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("seq", columns.Identity, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "stream IN ('changes', 'disclosures')", name=op.f("ck_journal_head_stream_is_a_word")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_journal_head_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "stream", name=op.f("pk_journal_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "location",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("storage_class", sa.Text(), nullable=True),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("closed_at", columns.UTCDateTime(), nullable=True),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('fridge', 'freezer', 'cupboard', 'room', 'container', 'quarantine', 'returns', 'supplier', 'patient', 'disposal', 'compounding', 'in_transit', 'adjustment')",
            name=op.f("ck_location_kind_is_a_word"),
        ),
        sa.CheckConstraint(
            "storage_class IN ('room', 'refrigerated', 'frozen')",
            name=op.f("ck_location_storage_class_is_a_word"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_location_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_location_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_location_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_location_name",
        "location",
        ["clinic_id", "name"],
        unique=True,
        sqlite_where=sa.text("kind <> 'container'"),
        postgresql_where=sa.text("kind <> 'container'"),
    )
    op.create_index(
        "uq_location_one_virtual",
        "location",
        ["clinic_id", "kind"],
        unique=True,
        sqlite_where=sa.text(
            "kind IN ('adjustment', 'compounding', 'disposal', 'in_transit', 'patient', 'supplier')"
        ),
        postgresql_where=sa.text(
            "kind IN ('adjustment', 'compounding', 'disposal', 'in_transit', 'patient', 'supplier')"
        ),
    )
    op.create_table(
        "movement",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("seq", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("document_uid", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("supplier_id", columns.Identity, nullable=True),
        sa.Column("actor_id", columns.Identity, nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("reverses_movement_id", columns.Identity, nullable=True),
        sa.Column("replaces_movement_id", columns.Identity, nullable=True),
        sa.CheckConstraint(
            "kind IN ('receive', 'bring_forward', 'open', 'prepare', 'abandon', 'use', 'dispose', 'transfer', 'dispatch', 'arrive', 'return_to_supplier', 'count', 'overfill', 'reverse', 'correct')",
            name=op.f("ck_movement_kind_is_a_word"),
        ),
        sa.CheckConstraint("occurred_at <= recorded_at", name=op.f("ck_movement_occurred_before_recorded")),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_movement_actor_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "replaces_movement_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_movement_clinic_id_replaces_movement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "reverses_movement_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_movement_clinic_id_reverses_movement_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_movement_clinic_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_movement_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_movement_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_movement_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_movement_document", "movement", ["document_uid"], unique=False)
    op.create_index("ix_movement_seq", "movement", ["clinic_id", "seq"], unique=False)
    op.create_table(
        "patient_allergy",
        sa.Column("patient_id", columns.Identity, nullable=False),
        sa.Column("ingredient_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.ForeignKeyConstraint(
            ["ingredient_id"], ["ingredient.id"], name=op.f("fk_patient_allergy_ingredient_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_allergy_patient_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_patient_allergy_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("patient_id", "ingredient_id", name=op.f("pk_patient_allergy")),
        sqlite_strict=True,
    )
    op.create_table(
        "patient_index",
        sa.Column("patient_id", columns.Identity, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_index_patient_id")),
        sa.PrimaryKeyConstraint("field", "token", "patient_id", name=op.f("pk_patient_index")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_patient_index_patient_id"), "patient_index", ["patient_id"], unique=False)
    op.create_table(
        "product",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("manufacturer_id", columns.Identity, nullable=True),
        sa.Column("group_id", columns.Identity, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("strength", sa.Text(), nullable=False),
        sa.Column("presentation", sa.Text(), nullable=False),
        sa.Column("base_unit", sa.Text(), nullable=False),
        sa.Column("content_quantity", columns.Quantity(), nullable=False),
        sa.Column("graduation_quantity", columns.Quantity(), nullable=False),
        sa.Column("usual_draw_quantity", columns.Quantity(), nullable=True),
        sa.Column("needle", sa.Text(), nullable=False),
        sa.Column("waste_stream", sa.Text(), nullable=False),
        sa.Column("archived_at", columns.UTCDateTime(), nullable=True),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "base_unit IN ('uL', 'ug', 'mIU', 'piece')", name=op.f("ck_product_base_unit_is_a_word")
        ),
        sa.CheckConstraint(
            "kind <> 'manufactured' OR manufacturer_id IS NOT NULL", name=op.f("ck_product_made_by_somebody")
        ),
        sa.CheckConstraint(
            "kind = 'manufactured' OR content_quantity = 1", name=op.f("ck_product_prepared_has_no_pack")
        ),
        sa.CheckConstraint(
            "kind IN ('manufactured', 'prepared', 'ad_hoc')", name=op.f("ck_product_kind_is_a_word")
        ),
        sa.CheckConstraint(
            "content_quantity > 0 AND graduation_quantity > 0", name=op.f("ck_product_quantities_positive")
        ),
        sa.CheckConstraint(
            "usual_draw_quantity IS NULL OR usual_draw_quantity > 0",
            name=op.f("ck_product_usual_draw_positive"),
        ),
        sa.ForeignKeyConstraint(["group_id"], ["product_group.id"], name=op.f("fk_product_group_id")),
        sa.ForeignKeyConstraint(
            ["manufacturer_id"], ["manufacturer.id"], name=op.f("fk_product_manufacturer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint(
            "manufacturer_id",
            "name",
            "strength",
            "presentation",
            "content_quantity",
            name=op.f("uq_product_manufacturer_id_name_strength_presentation_content_quantity"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_product_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_product_group_id"), "product", ["group_id"], unique=False)
    op.create_index(
        "uq_product_one_ad_hoc",
        "product",
        ["kind", "base_unit"],
        unique=True,
        sqlite_where=sa.text("kind = 'ad_hoc'"),
        postgresql_where=sa.text("kind = 'ad_hoc'"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", columns.Identity, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_user_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_account_fs_uniquifier")),
        sa.UniqueConstraint("uid", name=op.f("uq_user_account_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "api_token",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", columns.Identity, nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("expires_at", columns.UTCDateTime(), nullable=False),
        sa.Column("revoked_at", columns.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_api_token_clinic_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_api_token_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "lot",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_is_ours", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("expires_at", columns.UTCDateTime(), nullable=True),
        sa.Column("beyond_use_at", columns.UTCDateTime(), nullable=True),
        sa.Column("superseded_by_id", columns.Identity, nullable=True),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'manufactured' AND beyond_use_at IS NULL) OR (kind = 'prepared' AND beyond_use_at IS NOT NULL AND expires_on IS NULL AND expires_at IS NULL)",
            name=op.f("ck_lot_limits_fit_kind"),
        ),
        sa.CheckConstraint("kind IN ('manufactured', 'prepared')", name=op.f("ck_lot_kind_is_a_word")),
        sa.CheckConstraint("number <> ''", name=op.f("ck_lot_has_a_number")),
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_at IS NULL", name=op.f("ck_lot_one_printed_expiry")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "superseded_by_id"],
            ["lot.clinic_id", "lot.id"],
            name=op.f("fk_lot_clinic_id_superseded_by_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_lot_clinic_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_lot_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_lot_clinic_id_id")),
        sa.UniqueConstraint(
            "clinic_id", "product_id", "number", name=op.f("uq_lot_clinic_id_product_id_number")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_lot_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_lot_expires_on", "lot", ["clinic_id", "expires_on"], unique=False)
    op.create_index("ix_lot_number", "lot", ["clinic_id", "number"], unique=False)
    op.create_index("ix_lot_product_number", "lot", ["product_id", "number"], unique=False)
    op.create_index(
        "ix_lot_superseded_by",
        "lot",
        ["clinic_id", "superseded_by_id"],
        unique=False,
        sqlite_where=sa.text("superseded_by_id IS NOT NULL"),
        postgresql_where=sa.text("superseded_by_id IS NOT NULL"),
    )
    op.create_table(
        "membership",
        sa.Column("user_id", columns.Identity, nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('practitioner', 'nurse', 'manager', 'auditor', 'administrator')",
            name=op.f("ck_membership_role_is_a_word"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_membership_clinic_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("user_id", "clinic_id", "role", name=op.f("pk_membership")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_membership_clinic_id"), "membership", ["clinic_id"], unique=False)
    op.create_table(
        "par_level",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("par_count", sa.Integer(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint("par_count >= 0", name=op.f("ck_par_level_par_not_negative")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_par_level_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_par_level_clinic_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_par_level_product_id")),
        sa.PrimaryKeyConstraint("clinic_id", "location_id", "product_id", name=op.f("pk_par_level")),
        sqlite_strict=True,
    )
    op.create_table(
        "product_hold",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("lot_number", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("placed_at", columns.UTCDateTime(), nullable=False),
        sa.Column("placed_by_id", columns.Identity, nullable=False),
        sa.Column("released_at", columns.UTCDateTime(), nullable=True),
        sa.Column("released_by_id", columns.Identity, nullable=True),
        sa.Column("release_note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('not_released', 'recall', 'temperature', 'suspicion')",
            name=op.f("ck_product_hold_reason_is_a_word"),
        ),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by_id IS NULL)",
            name=op.f("ck_product_hold_released_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["placed_by_id"], ["person.id"], name=op.f("fk_product_hold_placed_by_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_hold_product_id")),
        sa.ForeignKeyConstraint(
            ["released_by_id"], ["person.id"], name=op.f("fk_product_hold_released_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_hold")),
        sa.UniqueConstraint("uid", name=op.f("uq_product_hold_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_product_hold_active",
        "product_hold",
        ["product_id"],
        unique=False,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "product_ingredient",
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("ingredient_id", columns.Identity, nullable=False),
        sa.Column("amount", sa.Text(), nullable=False),
        sa.Column("is_excipient", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ingredient_id"], ["ingredient.id"], name=op.f("fk_product_ingredient_ingredient_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_ingredient_product_id")
        ),
        sa.PrimaryKeyConstraint("product_id", "ingredient_id", name=op.f("pk_product_ingredient")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_product_ingredient_ingredient_id"), "product_ingredient", ["ingredient_id"], unique=False
    )
    op.create_table(
        "product_rule",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("superseded_at", columns.UTCDateTime(), nullable=True),
        sa.Column("container_type", sa.Text(), nullable=True),
        sa.Column("storage_class", sa.Text(), nullable=True),
        sa.Column("regulatory_class", sa.Text(), nullable=True),
        sa.Column("authorised_in", sa.Text(), nullable=False),
        sa.Column("in_use_minutes_room", sa.Integer(), nullable=True),
        sa.Column("in_use_minutes_refrigerated", sa.Integer(), nullable=True),
        sa.Column("in_use_source", sa.Text(), nullable=False),
        sa.Column("lot_carry", sa.Text(), nullable=False),
        sa.Column("expiry_carry", sa.Text(), nullable=False),
        sa.Column("serial_carry", sa.Text(), nullable=False),
        sa.Column("punctures_max", sa.Integer(), nullable=True),
        sa.Column("overfill_max_quantity", columns.Quantity(), nullable=False),
        sa.Column("residual_max_quantity", columns.Quantity(), nullable=False),
        sa.Column("ingredients_known", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", columns.UTCDateTime(), nullable=True),
        sa.Column("confirmed_by_id", columns.Identity, nullable=True),
        sa.CheckConstraint(
            "container_type IN ('single_dose', 'multi_dose', 'pharmacy_bulk', 'multi_use_topical', 'counted_use', 'none')",
            name=op.f("ck_product_rule_container_type_is_a_word"),
        ),
        sa.CheckConstraint(
            "expiry_carry IN ('required', 'optional', 'none')",
            name=op.f("ck_product_rule_expiry_carry_is_a_word"),
        ),
        sa.CheckConstraint(
            "lot_carry IN ('required', 'optional', 'none')", name=op.f("ck_product_rule_lot_carry_is_a_word")
        ),
        sa.CheckConstraint(
            "regulatory_class IN ('medicine', 'device', 'annex_xvi_device', 'cosmetic', 'compounded', 'consumable')",
            name=op.f("ck_product_rule_regulatory_class_is_a_word"),
        ),
        sa.CheckConstraint(
            "serial_carry IN ('required', 'optional', 'none')",
            name=op.f("ck_product_rule_serial_carry_is_a_word"),
        ),
        sa.CheckConstraint(
            "storage_class IN ('room', 'refrigerated', 'frozen')",
            name=op.f("ck_product_rule_storage_class_is_a_word"),
        ),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)",
            name=op.f("ck_product_rule_confirmed_by_somebody"),
        ),
        sa.CheckConstraint(
            "(in_use_minutes_room IS NULL OR in_use_minutes_room > 0) AND (in_use_minutes_refrigerated IS NULL OR in_use_minutes_refrigerated > 0)",
            name=op.f("ck_product_rule_in_use_positive"),
        ),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR (container_type IS NOT NULL AND storage_class IS NOT NULL AND regulatory_class IS NOT NULL AND ingredients_known)",
            name=op.f("ck_product_rule_confirmed_is_complete"),
        ),
        sa.CheckConstraint(
            "overfill_max_quantity >= 0 AND residual_max_quantity >= 0",
            name=op.f("ck_product_rule_tolerances_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name=op.f("fk_product_rule_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_rule_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_rule")),
        sa.UniqueConstraint("product_id", "version", name=op.f("uq_product_rule_product_id_version")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_product_rule_in_force",
        "product_rule",
        ["product_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "receipt",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("supplier_id", columns.Identity, nullable=True),
        sa.Column("delivery_note", sa.Text(), nullable=False),
        sa.Column("arrived_at", columns.UTCDateTime(), nullable=False),
        sa.Column("state_on_arrival", sa.Text(), nullable=False),
        sa.Column("received_by_id", columns.Identity, nullable=False),
        sa.Column("movement_id", columns.Identity, nullable=False),
        sa.Column("books_begin_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state_on_arrival IN ('good', 'damaged', 'warm', 'doubtful')",
            name=op.f("ck_receipt_state_on_arrival_is_a_word"),
        ),
        sa.CheckConstraint(
            "(supplier_id IS NULL) = (books_begin_on IS NOT NULL)",
            name=op.f("ck_receipt_supplier_or_opening_stock"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "movement_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_receipt_clinic_id_movement_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_receipt_clinic_id")),
        sa.ForeignKeyConstraint(["received_by_id"], ["person.id"], name=op.f("fk_receipt_received_by_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_receipt_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_receipt_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_receipt_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_receipt_movement", "receipt", ["clinic_id", "movement_id"], unique=False)
    op.create_table(
        "recipe",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_recipe_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipe")),
        sa.UniqueConstraint("name", name=op.f("uq_recipe_name")),
        sa.UniqueConstraint("product_id", name=op.f("uq_recipe_product_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_recipe_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "stock_level",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("minimum_count", sa.Integer(), nullable=False),
        sa.Column("target_count", sa.Integer(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "0 <= minimum_count AND minimum_count <= target_count",
            name=op.f("ck_stock_level_minimum_within_target"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_stock_level_clinic_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_stock_level_product_id")),
        sa.PrimaryKeyConstraint("clinic_id", "product_id", name=op.f("pk_stock_level")),
        sqlite_strict=True,
    )
    op.create_table(
        "stocktake",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("counted_by_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("movement_id", columns.Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "movement_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_stocktake_clinic_id_movement_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_stocktake_clinic_id")),
        sa.ForeignKeyConstraint(["counted_by_id"], ["person.id"], name=op.f("fk_stocktake_counted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_stocktake_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_stocktake_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "supplier_item",
        sa.Column("supplier_id", columns.Identity, nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column("pack_count", sa.Integer(), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("is_preferred", sa.Boolean(), nullable=False),
        sa.Column("last_price_minor", columns.Identity, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(last_price_minor IS NULL) = (currency IS NULL)",
            name=op.f("ck_supplier_item_price_has_currency"),
        ),
        sa.CheckConstraint(
            "lead_time_days IS NULL OR lead_time_days >= 0",
            name=op.f("ck_supplier_item_lead_time_not_negative"),
        ),
        sa.CheckConstraint("pack_count > 0", name=op.f("ck_supplier_item_pack_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_supplier_item_product_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_item_supplier_id")),
        sa.PrimaryKeyConstraint("supplier_id", "product_id", name=op.f("pk_supplier_item")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_supplier_item_product_id"), "supplier_item", ["product_id"], unique=False)
    op.create_table(
        "trade_item",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("pack_level", sa.Text(), nullable=False),
        sa.Column("presentation_count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "scheme IN ('gtin', 'hibc', 'ppn', 'own')", name=op.f("ck_trade_item_scheme_is_a_word")
        ),
        sa.CheckConstraint("presentation_count > 0", name=op.f("ck_trade_item_count_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_trade_item_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_item")),
        sa.UniqueConstraint("scheme", "code", name=op.f("uq_trade_item_scheme_code")),
        sa.UniqueConstraint("uid", name=op.f("uq_trade_item_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_trade_item_product_id"), "trade_item", ["product_id"], unique=False)
    op.create_table(
        "transfer",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("from_clinic_id", columns.Identity, nullable=False),
        sa.Column("to_clinic_id", columns.Identity, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("dispatched_at", columns.UTCDateTime(), nullable=False),
        sa.Column("dispatched_by_id", columns.Identity, nullable=False),
        sa.Column("dispatch_movement_id", columns.Identity, nullable=False),
        sa.Column("arrived_at", columns.UTCDateTime(), nullable=True),
        sa.Column("arrived_by_id", columns.Identity, nullable=True),
        sa.Column("arrive_movement_id", columns.Identity, nullable=True),
        sa.CheckConstraint(
            "(state = 'arrived') = (arrived_at IS NOT NULL)", name=op.f("ck_transfer_arrived_at_an_instant")
        ),
        sa.CheckConstraint("state IN ('dispatched', 'arrived')", name=op.f("ck_transfer_state_is_a_word")),
        sa.CheckConstraint("from_clinic_id <> to_clinic_id", name=op.f("ck_transfer_between_two_clinics")),
        sa.ForeignKeyConstraint(
            ["arrive_movement_id"], ["movement.id"], name=op.f("fk_transfer_arrive_movement_id")
        ),
        sa.ForeignKeyConstraint(["arrived_by_id"], ["person.id"], name=op.f("fk_transfer_arrived_by_id")),
        sa.ForeignKeyConstraint(
            ["dispatch_movement_id"], ["movement.id"], name=op.f("fk_transfer_dispatch_movement_id")
        ),
        sa.ForeignKeyConstraint(
            ["dispatched_by_id"], ["person.id"], name=op.f("fk_transfer_dispatched_by_id")
        ),
        sa.ForeignKeyConstraint(["from_clinic_id"], ["clinic.id"], name=op.f("fk_transfer_from_clinic_id")),
        sa.ForeignKeyConstraint(["to_clinic_id"], ["clinic.id"], name=op.f("fk_transfer_to_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("uid", name=op.f("uq_transfer_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_transfer_from_clinic_id"), "transfer", ["from_clinic_id"], unique=False)
    op.create_index(op.f("ix_transfer_to_clinic_id"), "transfer", ["to_clinic_id"], unique=False)
    op.create_table(
        "treatment_session",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("patient_id", columns.Identity, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("planned_at", columns.UTCDateTime(), nullable=False),
        sa.Column("finished_at", columns.UTCDateTime(), nullable=True),
        sa.Column("room_id", columns.Identity, nullable=True),
        sa.Column("practitioner_id", columns.Identity, nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'arrived', 'preparing', 'in_treatment', 'finished', 'signed', 'cancelled', 'did_not_come')",
            name=op.f("ck_treatment_session_state_is_a_word"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "room_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_treatment_session_clinic_id_room_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_treatment_session_clinic_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_treatment_session_patient_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["person.id"], name=op.f("fk_treatment_session_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_session")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_treatment_session_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_treatment_session_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_treatment_session_code", "treatment_session", ["clinic_id", "short_code"], unique=True
    )
    op.create_index(
        op.f("ix_treatment_session_patient_id"), "treatment_session", ["patient_id"], unique=False
    )
    op.create_index(
        "ix_treatment_session_planned", "treatment_session", ["clinic_id", "planned_at"], unique=False
    )
    op.create_table(
        "balance",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("quantity", columns.Quantity(), nullable=False),
        sa.Column("allocated", columns.Quantity(), nullable=False),
        sa.CheckConstraint(
            "0 <= allocated AND allocated <= quantity", name=op.f("ck_balance_allocated_within_quantity")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_balance_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_balance_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_balance_clinic_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_balance_product_id")),
        sa.PrimaryKeyConstraint("clinic_id", "location_id", "lot_id", name=op.f("pk_balance")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_balance_in_stock",
        "balance",
        ["clinic_id", "product_id", "location_id", "lot_id"],
        unique=False,
        sqlite_where=sa.text("quantity > 0"),
        postgresql_where=sa.text("quantity > 0"),
    )
    op.create_index("ix_balance_lot", "balance", ["clinic_id", "lot_id"], unique=False)
    op.create_table(
        "clinic_hold",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("placed_at", columns.UTCDateTime(), nullable=False),
        sa.Column("placed_by_id", columns.Identity, nullable=False),
        sa.Column("released_at", columns.UTCDateTime(), nullable=True),
        sa.Column("released_by_id", columns.Identity, nullable=True),
        sa.Column("release_note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('not_released', 'recall', 'temperature', 'suspicion')",
            name=op.f("ck_clinic_hold_reason_is_a_word"),
        ),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by_id IS NULL)",
            name=op.f("ck_clinic_hold_released_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_clinic_hold_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_clinic_hold_clinic_id")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["person.id"], name=op.f("fk_clinic_hold_placed_by_id")),
        sa.ForeignKeyConstraint(
            ["released_by_id"], ["person.id"], name=op.f("fk_clinic_hold_released_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_hold")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_clinic_hold_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_clinic_hold_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_clinic_hold_active",
        "clinic_hold",
        ["clinic_id", "lot_id"],
        unique=False,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "container",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("product_rule_id", columns.Identity, nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", columns.UTCDateTime(), nullable=False),
        sa.Column("beyond_use_at", columns.UTCDateTime(), nullable=True),
        sa.Column("content_quantity", columns.Quantity(), nullable=False),
        sa.Column("punctures", sa.Integer(), nullable=False),
        sa.Column("patient_id", columns.Identity, nullable=True),
        sa.Column("stands_in_id", columns.Identity, nullable=False),
        sa.Column("opened_by_id", columns.Identity, nullable=False),
        sa.Column("closed_at", columns.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)", name=op.f("ck_container_closed_when_not_open")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'finished', 'discarded')", name=op.f("ck_container_state_is_a_word")
        ),
        sa.CheckConstraint(
            "content_quantity > 0 AND punctures >= 0", name=op.f("ck_container_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_container_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_container_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "stands_in_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_container_clinic_id_stands_in_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_container_clinic_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_container_opened_by_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_container_patient_id")),
        sa.ForeignKeyConstraint(
            ["product_rule_id"], ["product_rule.id"], name=op.f("fk_container_product_rule_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "location_id", name=op.f("pk_container")),
        sqlite_strict=True,
    )
    op.create_index("ix_container_lot", "container", ["clinic_id", "lot_id"], unique=False)
    op.create_index(
        "ix_container_open_limit",
        "container",
        ["clinic_id", "beyond_use_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_container_open_code",
        "container",
        ["clinic_id", "short_code"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "deviation",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("movement_id", columns.Identity, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("was_asked", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.Column("signed_at", columns.UTCDateTime(), nullable=True),
        sa.Column("signed_by_id", columns.Identity, nullable=True),
        sa.CheckConstraint(
            "rule IN ('expired', 'beyond_use', 'punctures_spent', 'held', 'recalled', 'not_usable_place', 'product_incomplete', 'allergy', 'allergy_not_asked', 'other_patient', 'not_authorised', 'no_prescriber', 'earlier_lot', 'period_closed', 'session_closed')",
            name=op.f("ck_deviation_rule_is_a_word"),
        ),
        sa.CheckConstraint(
            "(signed_at IS NULL) = (signed_by_id IS NULL)", name=op.f("ck_deviation_signed_by_somebody")
        ),
        sa.CheckConstraint(
            "signed_by_id IS NULL OR signed_by_id <> recorded_by_id",
            name=op.f("ck_deviation_signed_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_deviation_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "movement_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_deviation_clinic_id_movement_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_deviation_clinic_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_deviation_recorded_by_id")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name=op.f("fk_deviation_signed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviation")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_deviation_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_deviation_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_deviation_movement", "deviation", ["clinic_id", "movement_id"], unique=False)
    op.create_table(
        "line",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("movement_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("from_id", columns.Identity, nullable=False),
        sa.Column("to_id", columns.Identity, nullable=False),
        sa.Column("quantity", columns.Quantity(), nullable=False),
        sa.Column("session_id", columns.Identity, nullable=True),
        sa.Column("reverses_line_id", columns.Identity, nullable=True),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_line_goes_somewhere")),
        sa.CheckConstraint(
            "quantity > 0 AND quantity <= 9007199254740991", name=op.f("ck_line_quantity_positive")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "from_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_line_clinic_id_from_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_line_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "movement_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_line_clinic_id_movement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "reverses_line_id"],
            ["line.clinic_id", "line.id"],
            name=op.f("fk_line_clinic_id_reverses_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_line_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "to_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_line_clinic_id_to_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_line_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_line_clinic_id_id")),
        sa.UniqueConstraint("clinic_id", "movement_id", "n", name=op.f("uq_line_clinic_id_movement_id_n")),
        sa.UniqueConstraint("clinic_id", "reverses_line_id", name=op.f("uq_line_clinic_id_reverses_line_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_line_lot", "line", ["clinic_id", "lot_id", "movement_id"], unique=False)
    op.create_index(
        "ix_line_lot_session",
        "line",
        ["clinic_id", "lot_id", "session_id"],
        unique=False,
        sqlite_where=sa.text("session_id IS NOT NULL"),
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.create_index(
        "ix_line_session_lot",
        "line",
        ["clinic_id", "session_id", "lot_id"],
        unique=False,
        sqlite_where=sa.text("session_id IS NOT NULL"),
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.create_table(
        "lot_alias",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("expires_at", columns.UTCDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_lot_alias_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_lot_alias_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_alias")),
        sa.UniqueConstraint("uid", name=op.f("uq_lot_alias_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_lot_alias_number", "lot_alias", ["clinic_id", "number"], unique=False)
    op.create_table(
        "need",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("session_id", columns.Identity, nullable=False),
        sa.Column("product_id", columns.Identity, nullable=True),
        sa.Column("group_id", columns.Identity, nullable=True),
        sa.Column("quantity", columns.Quantity(), nullable=False),
        sa.CheckConstraint(
            "(product_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_need_product_or_group")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_need_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_need_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_need_clinic_id")),
        sa.ForeignKeyConstraint(["group_id"], ["product_group.id"], name=op.f("fk_need_group_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_need_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_need_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_need_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_need_session", "need", ["clinic_id", "session_id"], unique=False)
    op.create_table(
        "recipe_version",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("recipe_id", columns.Identity, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("beyond_use_minutes", sa.Integer(), nullable=False),
        sa.Column("output_quantity", columns.Quantity(), nullable=False),
        sa.Column("loss_max_quantity", columns.Quantity(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("written_at", columns.UTCDateTime(), nullable=False),
        sa.Column("written_by_id", columns.Identity, nullable=False),
        sa.Column("approved_at", columns.UTCDateTime(), nullable=True),
        sa.Column("approved_by_id", columns.Identity, nullable=True),
        sa.Column("retired_at", columns.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "state = 'draft' OR approved_by_id IS NOT NULL",
            name=op.f("ck_recipe_version_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'approved', 'retired')", name=op.f("ck_recipe_version_state_is_a_word")
        ),
        sa.CheckConstraint(
            "beyond_use_minutes > 0 AND output_quantity > 0 AND loss_max_quantity >= 0",
            name=op.f("ck_recipe_version_amounts_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["person.id"], name=op.f("fk_recipe_version_approved_by_id")
        ),
        sa.ForeignKeyConstraint(["recipe_id"], ["recipe.id"], name=op.f("fk_recipe_version_recipe_id")),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["person.id"], name=op.f("fk_recipe_version_written_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipe_version")),
        sa.UniqueConstraint("recipe_id", "number", name=op.f("uq_recipe_version_recipe_id_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_recipe_version_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_recipe_version_one_approved",
        "recipe_version",
        ["recipe_id"],
        unique=True,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_table(
        "transfer_line",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("transfer_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("lot_number", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("expires_at", columns.UTCDateTime(), nullable=True),
        sa.Column("from_lot_id", columns.Identity, nullable=False),
        sa.Column("to_lot_id", columns.Identity, nullable=True),
        sa.Column("dispatched_quantity", columns.Quantity(), nullable=False),
        sa.Column("arrived_quantity", columns.Quantity(), nullable=False),
        sa.Column("short_quantity", columns.Quantity(), nullable=False),
        sa.Column("broken_quantity", columns.Quantity(), nullable=False),
        sa.CheckConstraint(
            "arrived_quantity >= 0 AND short_quantity >= 0 AND broken_quantity >= 0 AND (arrived_quantity + short_quantity + broken_quantity = dispatched_quantity OR arrived_quantity + short_quantity + broken_quantity = 0)",
            name=op.f("ck_transfer_line_arrival_adds_up"),
        ),
        sa.CheckConstraint("dispatched_quantity > 0", name=op.f("ck_transfer_line_dispatched_positive")),
        sa.ForeignKeyConstraint(["from_lot_id"], ["lot.id"], name=op.f("fk_transfer_line_from_lot_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_transfer_line_product_id")),
        sa.ForeignKeyConstraint(["to_lot_id"], ["lot.id"], name=op.f("fk_transfer_line_to_lot_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_transfer_line_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_line")),
        sa.UniqueConstraint("transfer_id", "n", name=op.f("uq_transfer_line_transfer_id_n")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_transfer_line_from_lot_id"), "transfer_line", ["from_lot_id"], unique=False)
    op.create_index(op.f("ix_transfer_line_to_lot_id"), "transfer_line", ["to_lot_id"], unique=False)
    op.create_table(
        "container_placing",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("container_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("placed_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("placed_by_id", columns.Identity, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "container_id"],
            ["container.clinic_id", "container.location_id"],
            name=op.f("fk_container_placing_clinic_id_container_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_container_placing_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_container_placing_clinic_id")),
        sa.ForeignKeyConstraint(
            ["placed_by_id"], ["person.id"], name=op.f("fk_container_placing_placed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_container_placing")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_container_placing_container", "container_placing", ["clinic_id", "container_id"], unique=False
    )
    op.create_table(
        "hold_place",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("hold_id", columns.Identity, nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "hold_id"],
            ["clinic_hold.clinic_id", "clinic_hold.id"],
            name=op.f("fk_hold_place_clinic_id_hold_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_hold_place_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_hold_place_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_hold_place_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "hold_id", "lot_id", "location_id", name=op.f("pk_hold_place")),
        sqlite_strict=True,
    )
    op.create_index("ix_hold_place_goods", "hold_place", ["clinic_id", "lot_id", "location_id"], unique=False)
    op.create_table(
        "preparation",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("recipe_version_id", columns.Identity, nullable=True),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("dose_count", sa.Integer(), nullable=False),
        sa.Column("started_at", columns.UTCDateTime(), nullable=False),
        sa.Column("started_by_id", columns.Identity, nullable=False),
        sa.Column("ended_at", columns.UTCDateTime(), nullable=True),
        sa.Column("checked_by_id", columns.Identity, nullable=True),
        sa.Column("lot_id", columns.Identity, nullable=True),
        sa.Column("movement_id", columns.Identity, nullable=True),
        sa.Column("loss_quantity", columns.Quantity(), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft') = (ended_at IS NULL)", name=op.f("ck_preparation_ended_when_not_draft")
        ),
        sa.CheckConstraint(
            "(state = 'finished') = (lot_id IS NOT NULL)", name=op.f("ck_preparation_finished_has_a_lot")
        ),
        sa.CheckConstraint(
            "recipe_version_id IS NOT NULL OR reason <> ''", name=op.f("ck_preparation_recipe_or_reason")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'finished', 'abandoned')", name=op.f("ck_preparation_state_is_a_word")
        ),
        sa.CheckConstraint("dose_count > 0", name=op.f("ck_preparation_doses_positive")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_preparation_checked_by_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_preparation_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "movement_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_preparation_clinic_id_movement_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_preparation_clinic_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_preparation_product_id")),
        sa.ForeignKeyConstraint(
            ["recipe_version_id"], ["recipe_version.id"], name=op.f("fk_preparation_recipe_version_id")
        ),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name=op.f("fk_preparation_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preparation")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_preparation_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_preparation_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_preparation_code", "preparation", ["clinic_id", "short_code"], unique=True)
    op.create_index("ix_preparation_lot", "preparation", ["clinic_id", "lot_id"], unique=False)
    op.create_table(
        "receipt_line",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("receipt_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("line_id", columns.Identity, nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("trade_item_id", columns.Identity, nullable=True),
        sa.Column("pack_count", sa.Integer(), nullable=False),
        sa.Column("quantity", columns.Quantity(), nullable=False),
        sa.Column("cost_state", sa.Text(), nullable=False),
        sa.Column("unit_cost_minor", columns.Identity, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("raw_scan", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(cost_state = 'priced') = (unit_cost_minor IS NOT NULL) AND (unit_cost_minor IS NULL) = (currency IS NULL)",
            name=op.f("ck_receipt_line_priced_has_a_cost"),
        ),
        sa.CheckConstraint(
            "cost_state IN ('priced', 'free_sample', 'unknown')",
            name=op.f("ck_receipt_line_cost_state_is_a_word"),
        ),
        sa.CheckConstraint("pack_count > 0 AND quantity > 0", name=op.f("ck_receipt_line_counts_positive")),
        sa.CheckConstraint(
            "unit_cost_minor IS NULL OR unit_cost_minor >= 0", name=op.f("ck_receipt_line_cost_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "line_id"],
            ["line.clinic_id", "line.id"],
            name=op.f("fk_receipt_line_clinic_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"],
            ["lot.clinic_id", "lot.id"],
            name=op.f("fk_receipt_line_clinic_id_lot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "receipt_id"],
            ["receipt.clinic_id", "receipt.id"],
            name=op.f("fk_receipt_line_clinic_id_receipt_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_receipt_line_clinic_id")),
        sa.ForeignKeyConstraint(
            ["trade_item_id"], ["trade_item.id"], name=op.f("fk_receipt_line_trade_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_line")),
        sa.UniqueConstraint("uid", name=op.f("uq_receipt_line_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_receipt_line_lot", "receipt_line", ["clinic_id", "lot_id"], unique=False)
    op.create_index("ix_receipt_line_n", "receipt_line", ["clinic_id", "receipt_id", "n"], unique=True)
    op.create_table(
        "recipe_component",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("recipe_version_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("product_id", columns.Identity, nullable=True),
        sa.Column("group_id", columns.Identity, nullable=True),
        sa.Column("ingredient_id", columns.Identity, nullable=True),
        sa.Column("quantity", columns.Quantity(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN product_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN group_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN ingredient_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_recipe_component_names_one_thing"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_recipe_component_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["product_group.id"], name=op.f("fk_recipe_component_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["ingredient_id"], ["ingredient.id"], name=op.f("fk_recipe_component_ingredient_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_recipe_component_product_id")),
        sa.ForeignKeyConstraint(
            ["recipe_version_id"], ["recipe_version.id"], name=op.f("fk_recipe_component_recipe_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipe_component")),
        sa.UniqueConstraint("recipe_version_id", "n", name=op.f("uq_recipe_component_recipe_version_id_n")),
        sqlite_strict=True,
    )
    op.create_table(
        "stocktake_line",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("stocktake_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("counted_at", columns.UTCDateTime(), nullable=False),
        sa.Column("counted_quantity", columns.Quantity(), nullable=False),
        sa.Column("book_quantity", columns.Quantity(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("line_id", columns.Identity, nullable=True),
        sa.CheckConstraint(
            "reason IN ('miscounted', 'found', 'lost', 'unbooked_use', 'suspected_theft')",
            name=op.f("ck_stocktake_line_reason_is_a_word"),
        ),
        sa.CheckConstraint(
            "counted_quantity >= 0 AND book_quantity >= 0", name=op.f("ck_stocktake_line_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "line_id"],
            ["line.clinic_id", "line.id"],
            name=op.f("fk_stocktake_line_clinic_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_stocktake_line_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"],
            ["lot.clinic_id", "lot.id"],
            name=op.f("fk_stocktake_line_clinic_id_lot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "stocktake_id"],
            ["stocktake.clinic_id", "stocktake.id"],
            name=op.f("fk_stocktake_line_clinic_id_stocktake_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_stocktake_line_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake_line")),
        sa.UniqueConstraint("uid", name=op.f("uq_stocktake_line_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_stocktake_line_n", "stocktake_line", ["clinic_id", "stocktake_id", "n"], unique=True)
    op.create_table(
        "usage",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("line_id", columns.Identity, nullable=False),
        sa.Column("technique", sa.Text(), nullable=True),
        sa.Column("depth_um", sa.Integer(), nullable=True),
        sa.Column("indication", sa.Text(), nullable=True),
        sa.Column("practitioner_id", columns.Identity, nullable=True),
        sa.Column("prescriber_id", columns.Identity, nullable=True),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("trade_item_id", columns.Identity, nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("raw_scan", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "identified_by IN ('scan', 'camera', 'our_label', 'by_hand', 'import', 'api')",
            name=op.f("ck_usage_identified_by_is_a_word"),
        ),
        sa.CheckConstraint("depth_um IS NULL OR depth_um > 0", name=op.f("ck_usage_depth_positive")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "line_id"], ["line.clinic_id", "line.id"], name=op.f("fk_usage_clinic_id_line_id")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_usage_clinic_id")),
        sa.ForeignKeyConstraint(["practitioner_id"], ["person.id"], name=op.f("fk_usage_practitioner_id")),
        sa.ForeignKeyConstraint(["prescriber_id"], ["person.id"], name=op.f("fk_usage_prescriber_id")),
        sa.ForeignKeyConstraint(["trade_item_id"], ["trade_item.id"], name=op.f("fk_usage_trade_item_id")),
        sa.PrimaryKeyConstraint("clinic_id", "line_id", name=op.f("pk_usage")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_usage_serial",
        "usage",
        ["clinic_id", "serial"],
        unique=False,
        sqlite_where=sa.text("serial IS NOT NULL"),
        postgresql_where=sa.text("serial IS NOT NULL"),
    )
    op.create_table(
        "allocation",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("quantity", columns.Quantity(), nullable=False),
        sa.Column("session_id", columns.Identity, nullable=True),
        sa.Column("preparation_id", columns.Identity, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("used_quantity", columns.Quantity(), nullable=False),
        sa.Column("made_at", columns.UTCDateTime(), nullable=False),
        sa.Column("ended_at", columns.UTCDateTime(), nullable=True),
        sa.Column("ended_by_id", columns.Identity, nullable=True),
        sa.Column("overrides", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'active') = (ended_at IS NULL)", name=op.f("ck_allocation_ended_when_not_active")
        ),
        sa.CheckConstraint(
            "state IN ('active', 'used', 'released', 'lost')", name=op.f("ck_allocation_state_is_a_word")
        ),
        sa.CheckConstraint(
            "(session_id IS NULL) <> (preparation_id IS NULL)", name=op.f("ck_allocation_for_one_purpose")
        ),
        sa.CheckConstraint(
            "quantity > 0 AND used_quantity >= 0 AND used_quantity <= quantity",
            name=op.f("ck_allocation_quantities_fit"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "ended_by_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_allocation_clinic_id_ended_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_allocation_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_allocation_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "preparation_id"],
            ["preparation.clinic_id", "preparation.id"],
            name=op.f("fk_allocation_clinic_id_preparation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_allocation_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_allocation_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_allocation_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_allocation_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_allocation_active",
        "allocation",
        ["clinic_id", "lot_id", "location_id"],
        unique=False,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index("ix_allocation_preparation", "allocation", ["clinic_id", "preparation_id"], unique=False)
    op.create_index("ix_allocation_session", "allocation", ["clinic_id", "session_id"], unique=False)
    op.create_table(
        "preparation_session",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("preparation_id", columns.Identity, nullable=False),
        sa.Column("session_id", columns.Identity, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "preparation_id"],
            ["preparation.clinic_id", "preparation.id"],
            name=op.f("fk_preparation_session_clinic_id_preparation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_preparation_session_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_preparation_session_clinic_id")),
        sa.PrimaryKeyConstraint(
            "clinic_id", "preparation_id", "session_id", name=op.f("pk_preparation_session")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "usage_area",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("line_id", columns.Identity, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("quantity", columns.Quantity(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_usage_area_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "line_id"],
            ["usage.clinic_id", "usage.line_id"],
            name=op.f("fk_usage_area_clinic_id_line_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_usage_area_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "line_id", "area", name=op.f("pk_usage_area")),
        sqlite_strict=True,
    )
    op.create_table(
        "preparation_ingredient",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("preparation_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("component_n", sa.Integer(), nullable=True),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("quantity", columns.Quantity(), nullable=False),
        sa.Column("allocation_id", columns.Identity, nullable=False),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("raw_scan", sa.Text(), nullable=True),
        sa.Column("overrides", sa.Text(), nullable=False),
        sa.Column("removed_at", columns.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "identified_by IN ('scan', 'camera', 'our_label', 'by_hand', 'import', 'api')",
            name=op.f("ck_preparation_ingredient_identified_by_is_a_word"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_preparation_ingredient_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "allocation_id"],
            ["allocation.clinic_id", "allocation.id"],
            name=op.f("fk_preparation_ingredient_clinic_id_allocation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_preparation_ingredient_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"],
            ["lot.clinic_id", "lot.id"],
            name=op.f("fk_preparation_ingredient_clinic_id_lot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "preparation_id"],
            ["preparation.clinic_id", "preparation.id"],
            name=op.f("fk_preparation_ingredient_clinic_id_preparation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_preparation_ingredient_clinic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preparation_ingredient")),
        sa.UniqueConstraint("uid", name=op.f("uq_preparation_ingredient_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_preparation_ingredient_n",
        "preparation_ingredient",
        ["clinic_id", "preparation_id", "n"],
        unique=True,
    )
    run_sql("0001_append_only")
