"""The screens' entrance: pages for people, drawn on the server."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from flask import Flask

from stockroom.http.late_routes import serve_late
from stockroom.web import navigation
from stockroom.web.counted import register_counted
from stockroom.web.csv_file import as_xlsx, offer_spreadsheets
from stockroom.web.formats import register_formats
from stockroom.web.icons import register_icons
from stockroom.web.low_words import register_low_words
from stockroom.web.marks import register_marks
from stockroom.web.source_words import register_sources

SCREENS = (
    "account",
    "administration_page",
    "alerts_page",
    "arrival_page",
    "badge_page",
    "begin_page",
    "by_person_page",
    "cards_page",
    "clinics_page",
    "closing_page",
    "codes_page",
    "container_page",
    "day_closing_page",
    "day_opening_page",
    "devices_page",
    "dispatch_page",
    "excursion_page",
    "count_end_page",
    "course_form_page",
    "courses_page",
    "count_page",
    "count_report_page",
    "count_sheet_page",
    "count_thing_page",
    "evidence_rows_page",
    "expiring_page",
    "hold_page",
    "holds_page",
    "imports_page",
    "jobs_page",
    "list_files",
    "bench_files",
    "care_files",
    "inspection_page",
    "journal_page",
    "journal_review_page",
    "labels_page",
    "late_page",
    "late_sheet_page",
    "location_page",
    "logger_page",
    "lot_acts_page",
    "lot_correction_page",
    "lot_page",
    "low_page",
    "mock_recalls_page",
    "movements_page",
    "navigation",
    "new_product_page",
    "patient_flags_page",
    "disclosures_page",
    "patient_record_page",
    "patients_page",
    "open_page",
    "orders_draft_page",
    "orders_page",
    "orders_paper_page",
    "orders_sent_page",
    "people_page",
    "people_then_page",
    "picture_page",
    "person_acts_page",
    "place_page",
    "places_page",
    "policy_reports",
    "recall_case_page",
    "recall_contacts_page",
    "recall_evidence_page",
    "recall_letters_page",
    "recall_lines_page",
    "recall_reply_page",
    "recalls_page",
    "prepare_end_page",
    "prepare_page",
    "prepare_scan_page",
    "product_acts_page",
    "products_page",
    "protocol_form_page",
    "protocols_page",
    "products_used_page",
    "purposes_page",
    "reaction_rates_page",
    "reactions_page",
    "reading_page",
    "receipt_costs_page",
    "receive_code_page",
    "receive_line_page",
    "receive_page",
    "returns_page",
    "recipe_form_page",
    "recipes_page",
    "reorder_page",
    "scan_page",
    "separation_page",
    "scanner_page",
    "session_devices_page",
    "session_arrival_page",
    "session_form_page",
    "session_hand_page",
    "session_page",
    "session_ready_page",
    "session_scan_page",
    "session_signature_page",
    "settings_page",
    "sharps_page",
    "stock",
    "suitability_page",
    "supplier_details_page",
    "suppliers_page",
    "temperature_page",
    "today_page",
    "tablet_page",
    "tablets_page",
    "tokens",
    "trace_evidence_page",
    "trace_files_page",
    "trace_page",
    "transfers_page",
    "unsuitable_page",
    "use_correction_page",
    "worksheet_paper_page",
    "worth_losses_page",
    "worth_page",
)
"""The pages, a file of this package each, by its name."""


ROUTES = Path(__file__).with_name("routes.txt")


def register_web(app: Flask, *, late: bool = False) -> None:
    """Serve every screen; their routes stand in `access/guards.py`.

    With `late`, a screen is imported when it is first asked for.
    """
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    register_formats(app)
    register_counted(app)
    register_low_words(app)
    register_icons(app)
    register_marks(app)
    register_sources(app)
    app.jinja_env.filters["as_xlsx"] = as_xlsx
    if late:
        serve_late(app, ROUTES, lambda made, screen: _register(made, (screen,)))
    else:
        _register(app, SCREENS)
    app.context_processor(navigation.of_page)


def _register(app: Flask, screens: Iterable[str]) -> None:
    for screen in screens:
        app.register_blueprint(import_module(f"{__name__}.{screen}").blp)
    offer_spreadsheets(app)
