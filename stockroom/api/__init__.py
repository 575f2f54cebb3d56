"""The API's entrance: one file per noun; this one says which nouns there are."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask
from flask_smorest import Blueprint

from stockroom.api.description import StockroomApi
from stockroom.http.late_routes import serve_late

RESOURCES: tuple[str, ...] = (
    "alerts",
    "allocations",
    "bench_receipts",
    "booked_products",
    "box_checks",
    "clinic_settings",
    "clinics",
    "closed_periods",
    "containers",
    "count_suggestions",
    "counts",
    "courses",
    "day_closings",
    "deliveries",
    "deviations",
    "devices",
    "disposals",
    "excursions",
    "holds",
    "ingredients",
    "jobs",
    "journal",
    "labels",
    "late_preparations",
    "location_holds",
    "locations",
    "losses",
    "lots",
    "manufacturers",
    "mock_recalls",
    "movements",
    "moves",
    "open_things",
    "opening_stock",
    "patient_disclosures",
    "patient_flags",
    "patient_matches",
    "patient_products_used",
    "patient_reactions",
    "patients",
    "people",
    "preparations",
    "product_groups",
    "products",
    "products_used",
    "protocols",
    "purchase_orders",
    "reaction_rates",
    "reactions",
    "readings",
    "recall_contacts",
    "recall_replies",
    "recalls",
    "receipts",
    "recipes",
    "reference",
    "reorder_suggestions",
    "returns_to_supplier",
    "scans",
    "session_cost",
    "session_devices",
    "session_instructions",
    "session_matches",
    "session_reactions",
    "session_usages",
    "sessions",
    "sharps_boxes",
    "staff_acts",
    "stated_purposes",
    "stock",
    "stock_worth",
    "stocktakes",
    "suitability_rules",
    "suppliers",
    "tokens",
    "traces",
    "trade_items",
    "transfers",
    "usages",
    "users",
    "watches",
)
"""Files of this folder, each with a `blp`; their routes stand in `access/guards.py`."""


ROUTES = Path(__file__).with_name("routes.txt")


def register_api(app: Flask, *, late: bool = False) -> StockroomApi:
    """Serve every resource, the OpenAPI description of all of them, and the page that shows it.

    With `late`, a resource is imported when it is first asked for, and all are for the description.
    """
    api = StockroomApi(app, lambda: map(_resource, RESOURCES))
    if late:
        serve_late(app, ROUTES, lambda made, name: api.serve(_resource(name), made))
    else:
        for name in RESOURCES:
            api.serve(_resource(name), app)
    return api


def _resource(name: str) -> Blueprint:
    resource: Blueprint = import_module(f"{__name__}.{name}").blp
    return resource
