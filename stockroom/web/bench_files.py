"""Which further lists leave as files?  Counts, cocktails, deliveries, what does not suit, flags, tablets, clinics."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.queries.deliveries import deliveries
from stockroom.queries.paging import PAGE_ROWS_MAX, whole
from stockroom.queries.preparation_rows import PreparationRow, preparations
from stockroom.queries.stock_counts import CountRow, stock_counts
from stockroom.queries.suitability import suitability_rules
from stockroom.queries.tablets import tablets_of
from stockroom.queries.unsuitable import unsuitable_to_come
from stockroom.vocabulary import PreparationState
from stockroom.web.changed_since import CHANGED, changed_here, mark_of_movement
from stockroom.web.clinic_here import own_clinics
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import show_amount, show_word, zone_of_page
from stockroom.web.patients_named import named_patients
from stockroom.web.source_words import show_sources

blp = Blueprint("bench_files", __name__, url_prefix="/c/<clinic_uid>")


@blp.get("/counts/counts.csv")
def counts_csv(clinic_uid: str) -> ResponseReturnValue:
    """The counts of the clinic, the newest first."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        rows = list(
            whole(lambda after: stock_counts(connection, clinic_id, after=after, limit=PAGE_ROWS_MAX))
        )
    heads = [
        gettext("What was counted"), gettext("State"), gettext("Begun"), gettext("By"), gettext("Things counted"),
        gettext("Ended by"), gettext("Blind"),
    ]  # fmt: skip
    return csv_file("counts", heads, map(_count, rows))


def _count(each: CountRow) -> list[Cell]:
    about = each.location_name or each.product_name or gettext("Everything")
    name = about if each.lot_number is None else gettext("lot %(number)s", number=each.lot_number)
    return [
        name, show_word(each.state), each.started_at, each.started_by, each.find_count, each.ended_by,
        gettext("yes") if each.is_blind else gettext("no"),
    ]  # fmt: skip


@blp.get("/prepare/made.csv")
def cocktails_csv(clinic_uid: str) -> ResponseReturnValue:
    """The cocktails that were made, the newest first; of `?version=` those of one version of a recipe."""
    clinic_id, version_uid = acting().clinic_id, request.args.get("version") or None
    with installation().reading() as connection:
        rows = list(
            whole(
                lambda after: preparations(
                    connection,
                    clinic_id,
                    state=PreparationState.FINISHED,
                    version_uid=version_uid,
                    after=after,
                    limit=PAGE_ROWS_MAX,
                )
            )
        )
    heads = [
        gettext("Cocktail"), gettext("Recipe"), gettext("Version"), gettext("Why without a recipe"), gettext("Doses"),
        gettext("Begun"), gettext("By"), gettext("Made"), gettext("Use before"), gettext("Lost in making"), CHANGED,
    ]  # fmt: skip
    changes = changed_here(each.movement_uid for each in rows)
    marked = ([*_cocktail(each), mark_of_movement(changes, each.movement_uid)] for each in rows)
    return csv_file("cocktails", heads, marked)


def _cocktail(each: PreparationRow) -> list[Cell]:
    lost = None if each.loss_quantity is None else show_amount(each.loss_quantity, each.base_unit)
    return [
        each.lot_number, each.product_name, each.version_number, each.reason, each.dose_count, each.started_at,
        each.started_by, each.ended_at, each.beyond_use_at, lost,
    ]  # fmt: skip


@blp.get("/suitability/rules.csv")
def rules_csv(clinic_uid: str) -> ResponseReturnValue:
    """What each flag does here, with where that comes from."""
    with installation().reading() as connection:
        rows = suitability_rules(connection, acting().clinic_id)
    heads = [
        gettext("Flag"), gettext("What it is about"), gettext("What it does"), gettext("By the source texts"),
        gettext("Sources"), gettext("Changed"),
    ]  # fmt: skip
    lines: Iterator[list[Cell]] = (
        [
            each.flag_name, each.subject_name, show_word(each.effect),
            None if each.by_reference is None else show_word(each.by_reference), show_sources(each.sources),
            each.updated_at,
        ]
        for each in rows
    )  # fmt: skip
    return csv_file("suitability-rules", heads, lines)


@blp.get("/unsuitable/unsuitable.csv")
def unsuitable_csv(clinic_uid: str) -> ResponseReturnValue:
    """What is planned and does not suit, thing by thing; whose it is stands in the journal of disclosures first."""
    with installation().reading() as connection:
        found = unsuitable_to_come(connection, acting().clinic_id, now=present(), zone=zone_of_page())
    names = named_patients({each.patient_id: each.patient_uid for each in found}, page="unsuitable")
    heads = [
        gettext("Session"), gettext("When"), gettext("Patient"), gettext("Born"), gettext("What"), gettext("Detail"),
        gettext("How it suits"), gettext("Because"),
    ]  # fmt: skip
    lines: Iterator[list[Cell]] = (
        [
            each.short_code, each.planned_at, who.name if who else None, who.born_on if who else None, part.name,
            part.detail, show_word(part.fit), ", ".join(part.because),
        ]
        for each in found
        for who in [names.get(each.patient_id)]
        for part in each.parts
    )  # fmt: skip
    return csv_file("unsuitable", heads, lines)


@blp.get("/receive/deliveries.csv")
def deliveries_csv(clinic_uid: str) -> ResponseReturnValue:
    """The deliveries that are being unpacked, posted or given up, the newest first."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        rows = list(whole(lambda after: deliveries(connection, clinic_id, after=after, limit=PAGE_ROWS_MAX)))
    heads = [
        gettext("Supplier"), gettext("Delivery note"), gettext("State"), gettext("Arrived"), gettext("On arrival"),
        gettext("Lines"), gettext("Begun"), gettext("By"),
    ]  # fmt: skip
    lines: Iterator[list[Cell]] = (
        [
            each.supplier, each.delivery_note, show_word(each.state), each.arrived_at,
            show_word(each.state_on_arrival), each.line_count, each.started_at, each.started_by,
        ]
        for each in rows
    )  # fmt: skip
    return csv_file("deliveries", heads, lines)


@blp.get("/administration/tablets/tablets.csv")
def tablets_csv(clinic_uid: str) -> ResponseReturnValue:
    """The tablets, those that stand first."""
    with installation().reading() as connection:
        rows = tablets_of(connection, acting().clinic_id)
    heads = [
        gettext("Tablet"), gettext("Room"), gettext("Registered"), gettext("By"), gettext("Last seen"),
        gettext("Taken away"),
    ]  # fmt: skip
    lines: Iterator[list[Cell]] = (
        [
            each.name,
            each.room_name,
            each.registered_at,
            each.registered_by,
            each.last_seen_at,
            each.revoked_at,
        ]
        for each in rows
    )
    return csv_file("tablets", heads, lines)


@blp.get("/administration/clinics/clinics.csv")
def clinics_csv(clinic_uid: str) -> ResponseReturnValue:
    """The clinics in which the reader works."""
    heads = [
        gettext("Clinic"), gettext("Time zone"), gettext("Country"), gettext("Currency"), gettext("Books begin on"),
    ]  # fmt: skip
    lines: Iterator[list[Cell]] = (
        [each.name, each.time_zone, each.country, each.currency, each.books_begin_on]
        for each in own_clinics()
    )
    return csv_file("clinics", heads, lines)
