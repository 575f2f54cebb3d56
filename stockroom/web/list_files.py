"""Which lists leave as files that their pages show in one piece?  Suppliers, recipes, people, places, alerts, jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.notices import AlertKind
from stockroom.queries.alerts import AlertRow, AlertsAsked, alerts
from stockroom.queries.catalogue import suppliers
from stockroom.queries.jobs import jobs
from stockroom.queries.locations import locations
from stockroom.queries.paging import PAGE_ROWS_MAX, whole
from stockroom.queries.people import Colleague, colleagues
from stockroom.queries.recipe_lists import recipes_listed
from stockroom.queries.suppliers import SupplierItemRow, supplier_items
from stockroom.rules.alerting import profile
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import show_amount, show_word
from stockroom.web.prices import typed_price

blp = Blueprint("list_files", __name__, url_prefix="/c/<clinic_uid>")


@blp.get("/suppliers/suppliers.csv")
def suppliers_csv(clinic_uid: str) -> ResponseReturnValue:
    """The suppliers, by name."""
    with installation().reading() as connection:
        rows = list(whole(lambda after: suppliers(connection, after=after, limit=PAGE_ROWS_MAX)))
    by_name = sorted(rows, key=lambda each: each.name.casefold())
    return csv_file("suppliers", [gettext("Supplier")], ([each.name] for each in by_name))


@blp.get("/suppliers/<supplier_uid>/items.csv")
def supplier_items_csv(clinic_uid: str, supplier_uid: str) -> ResponseReturnValue:
    """What a supplier sells, as it calls it."""
    with installation().reading() as connection:
        rows = list(
            whole(
                lambda after: supplier_items(
                    connection, supplier_uid=supplier_uid, after=after, limit=PAGE_ROWS_MAX
                )
            )
        )
    heads = [
        gettext("Product"), gettext("Strength"), gettext("Item code"), gettext("Presentations in a pack"),
        gettext("Lead time in days"), gettext("Price of a pack"), gettext("Currency"), gettext("Preferred"),
    ]  # fmt: skip
    by_name = sorted(rows, key=lambda each: each.product_name.casefold())
    return csv_file("supplier-items", heads, map(_item, by_name))


def _item(item: SupplierItemRow) -> list[Cell]:
    has_price = item.last_price_minor is not None and item.currency is not None
    price = typed_price(item.last_price_minor or 0, item.currency or "") if has_price else None
    preferred = gettext("yes") if item.is_preferred else ""
    return [
        item.product_name, item.strength, item.item_code, item.pack_count, item.lead_time_days, price,
        item.currency, preferred,
    ]  # fmt: skip


@blp.get("/recipes/recipes.csv")
def recipes_csv(clinic_uid: str) -> ResponseReturnValue:
    """The recipes by name, with what is in force."""
    with installation().reading() as connection:
        rows = recipes_listed(connection, offset=0, limit=PAGE_ROWS_MAX)
    heads = [
        gettext("Recipe"), gettext("Purpose"), gettext("Version in force"), gettext("One dose"),
        gettext("Keeps for minutes"), gettext("Newest version"), gettext("Wait for approval"),
    ]  # fmt: skip
    lines: Iterator[list[Cell]] = (
        [
            each.name, each.purpose, each.number,
            None if each.output_quantity is None else show_amount(each.output_quantity, "uL"),
            each.beyond_use_minutes, each.newest_number, each.draft_count,
        ]
        for each in rows
    )  # fmt: skip
    return csv_file("recipes", heads, lines)


@blp.get("/administration/people/people.csv")
def people_csv(clinic_uid: str) -> ResponseReturnValue:
    """The members of staff with a role here, or with `?all=1` everybody of the organisation."""
    with installation().reading() as connection:
        staff = colleagues(connection, acting().clinic_id)
    shown = staff if request.args.get("all") == "1" else [each for each in staff if each.works_here]
    heads = [
        gettext("Name"), gettext("Profession"), gettext("Authorised to"), gettext("Log-in"),
        gettext("Switched on"), gettext("Roles in this clinic"),
    ]  # fmt: skip
    return csv_file("people", heads, map(_person, shown))


def _person(each: Colleague) -> list[Cell]:
    may = ", ".join(show_word(held.kind) for held in each.person.authorisations)
    log_in = each.log_in
    if log_in is None:
        return [each.person.name, each.person.profession, may, None, None, None]
    roles = ", ".join(map(show_word, log_in.roles))
    is_on = gettext("yes") if log_in.active else gettext("no")
    return [each.person.name, each.person.profession, may, log_in.email, is_on, roles]


@blp.get("/administration/places/places.csv")
def places_csv(clinic_uid: str) -> ResponseReturnValue:
    """The places by name."""
    with installation().reading() as connection:
        rows = locations(connection, acting().clinic_id)
    heads = [
        gettext("Place"), gettext("What it is"), gettext("How warm"), gettext("Code on its label"),
        gettext("Closed"),
    ]  # fmt: skip
    lines: Iterator[list[Cell]] = (
        [
            each.name, show_word(each.kind), show_word(each.storage_class) if each.storage_class else None,
            each.short_code, each.closed_at,
        ]
        for each in rows
    )  # fmt: skip
    return csv_file("places", heads, lines)


@blp.get("/alerts/alerts.csv")
def alerts_csv(clinic_uid: str) -> ResponseReturnValue:
    """What concerns the reader, the newest first: waiting, or with `?all=1` what is resolved as well."""
    everything = request.args.get("all") == "1"
    asked = AlertsAsked(roles=acting().roles, with_resolved=everything, waiting_only=not everything)
    now, clinic_id = present(), acting().clinic_id
    with installation().reading() as connection:
        rows = list(
            whole(
                lambda after: alerts(
                    connection, clinic_id, now=now, asked=asked, after=after, limit=PAGE_ROWS_MAX
                )
            )
        )
    heads = [
        gettext("Alert"), gettext("Severity"), gettext("State"), gettext("Product"), gettext("Lot"),
        gettext("Where"), gettext("Raised"), gettext("Answered by"), gettext("Resolved"),
    ]  # fmt: skip
    return csv_file("alerts", heads, map(_alert, rows))


def _alert(row: AlertRow) -> list[Cell]:
    thing = row.thing
    about: list[Cell] = [None, None, None]
    if thing is not None:
        about = [f"{thing.name} {thing.strength}".strip(), thing.lot_number, ", ".join(thing.places)]
    if row.subject_kind == "job":
        about[0] = str(json.loads(row.facts).get("job", ""))
    return [
        gettext(profile(AlertKind(row.kind)).title), show_word(row.severity), show_word(row.state), *about,
        row.raised_at, row.answered_by, row.resolved_at,
    ]  # fmt: skip


@blp.get("/jobs/jobs.csv")
def jobs_csv(clinic_uid: str) -> ResponseReturnValue:
    """Every job with its last run."""
    with installation().reading() as connection:
        rows = jobs(connection, now=present())
    heads = [
        gettext("Job"), gettext("What it does"), gettext("When"), gettext("Last run"), gettext("Next run"),
        gettext("Late"),
    ]  # fmt: skip
    lines: Iterator[list[Cell]] = (
        [
            each.name, each.about, each.when, each.last_run_at, each.next_run_at,
            gettext("yes") if each.is_late else "",
        ]
        for each in rows
    )  # fmt: skip
    return csv_file("jobs", heads, lines)
