"""Where does a person find herself, and where can she go?  The first page, and what every page's frame shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, lazy_gettext

from stockroom.access.acting import installation, present
from stockroom.access.tablets import idle_here, tablet_here
from stockroom.actor import Actor
from stockroom.barcodes.badges import BADGE_HEADS, BADGE_LENGTH
from stockroom.queries.first_steps import is_under_way
from stockroom.queries.frame import frame_of
from stockroom.rules.permissions import may, permitted
from stockroom.vocabulary import Action
from stockroom.web.clinic_here import clinic_here, own_clinics

blp = Blueprint("navigation", __name__)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One entry of the menu, for those who may go there."""

    word: Any
    """Translated when it is drawn."""
    endpoint: str
    action: Action
    icon: str
    is_scanning: bool = False
    under: tuple[str, ...] = ()
    """Blueprints of further pages that belong here."""

    def leads_to(self, blueprint: str | None) -> bool:
        """True where the reader of a page of `blueprint` is."""
        return blueprint in (self.endpoint.partition(".")[0], *self.under)


@dataclass(frozen=True, kw_only=True)
class Section:
    """Ways that belong together."""

    word: Any
    ways: tuple[Way, ...]


_W, _A = lazy_gettext, Action
SECTIONS: tuple[Section, ...] = (
    Section(
        word=_W("Work"),
        ways=(
            Way(word=_W("Opening"), endpoint="day_opening_page.opening", action=_A.READ_STOCK, icon="sunrise"),
            Way(word=_W("Today"), endpoint="today_page.today", action=_A.USE, icon="calendar2-day"),
            Way(word=_W("Open now"), endpoint="open_page.board", action=_A.READ_STOCK, icon="stopwatch"),
            Way(word=_W("Prepare"), endpoint="prepare_page.in_work", action=_A.PREPARE, icon="droplet-half"),
            Way(
                word=_W("Receive"), endpoint="receive_page.deliveries", action=_A.RECEIVE, icon="box-arrow-in-down",
                under=("receive_line_page", "receive_code_page", "receipt_costs_page"),
            ),
            Way(
                word=_W("Late entry"), endpoint="late_page.enter", action=_A.RECORD_LATE, icon="pencil-square",
                under=("late_sheet_page",),
            ),
            Way(
                word=_W("Closing the day"), endpoint="day_closing_page.closing", action=_A.READ_STOCK, icon="moon-stars",
            ),
        ),
    ),
    Section(
        word=_W("Stock"),
        ways=(
            Way(
                word=_W("On hand"), endpoint="stock.on_hand", action=_A.READ_STOCK, icon="boxes",
                under=("lot_page", "lot_acts_page", "lot_correction_page", "container_page", "location_page"),
            ),
            Way(word=_W("Low"), endpoint="low_page.low", action=_A.READ_STOCK, icon="graph-down-arrow"),
            Way(word=_W("Reorder"), endpoint="reorder_page.reorder", action=_A.READ_STOCK, icon="cart"),
            Way(
                word=_W("Orders"), endpoint="orders_page.orders", action=_A.READ_STOCK, icon="bag",
                under=("orders_draft_page", "orders_sent_page"),
            ),
            Way(word=_W("Expiring"), endpoint="expiring_page.expiring", action=_A.READ_STOCK, icon="hourglass-split"),
            Way(word=_W("To separate"), endpoint="separation_page.report", action=_A.READ_STOCK, icon="slash-circle"),
            Way(
                word=_W("Holds"), endpoint="holds_page.holds", action=_A.READ_STOCK, icon="lock",
                under=("hold_page",),
            ),
            Way(
                word=_W("Recalls"), endpoint="recalls_page.recalls", action=_A.READ_STOCK, icon="megaphone",
                under=(
                    "recall_case_page", "recall_lines_page", "recall_contacts_page", "recall_letters_page",
                    "recall_reply_page", "recall_evidence_page", "mock_recalls_page",
                ),
            ),
            Way(
                word=_W("Temperatures"), endpoint="temperature_page.temperatures", action=_A.READ_STOCK,
                icon="thermometer-half", under=("excursion_page", "logger_page", "reading_page"),
            ),
            Way(
                word=_W("Counts"),
                endpoint="count_page.counts",
                action=_A.READ_STOCK,
                icon="clipboard-check",
                under=("count_thing_page", "count_end_page", "count_sheet_page", "count_report_page"),
            ),
            Way(word=_W("Returns"), endpoint="returns_page.returns", action=_A.READ_STOCK, icon="box-arrow-up"),
            Way(
                word=_W("Transfers"), endpoint="transfers_page.transfers", action=_A.READ_STOCK, icon="truck",
                under=("arrival_page", "dispatch_page"),
            ),
        ),
    ),
    Section(
        word=_W("Look up"),
        ways=(
            Way(word=_W("Trace"), endpoint="trace_page.ask", action=_A.READ_TRACE, icon="diagram-3"),
            Way(
                word=_W("Adverse reactions"), endpoint="reaction_rates_page.rates", action=_A.READ_TRACE,
                icon="activity",
            ),
            Way(
                word=_W("Patients"), endpoint="patients_page.find", action=_A.READ_PATIENTS, icon="person",
                under=("patient_record_page", "unsuitable_page"),
            ),
            Way(word=_W("What flags mean"), endpoint="suitability_page.rules", action=_A.READ_CATALOGUE, icon="flag"),
            Way(
                word=_W("Courses"), endpoint="courses_page.courses", action=_A.READ_PATIENTS, icon="calendar-range",
                under=("course_form_page",),
            ),
            Way(
                word=_W("Products"), endpoint="products_page.products", action=_A.READ_CATALOGUE, icon="capsule",
                under=("product_acts_page", "new_product_page"),
            ),
            Way(
                word=_W("Protocols"), endpoint="protocols_page.protocols", action=_A.READ_CATALOGUE,
                icon="journal-text", under=("protocol_form_page",),
            ),
            Way(
                word=_W("Recipes"),
                endpoint="recipes_page.recipes",
                action=_A.READ_CATALOGUE,
                icon="file-earmark-medical",
                under=("recipe_form_page",),
            ),
            Way(
                word=_W("Codes to scan"), endpoint="codes_page.codes", action=_A.READ_STOCK, icon="qr-code",
                under=("cards_page", "scanner_page"),
            ),
            Way(word=_W("Sharps boxes"), endpoint="sharps_page.boxes", action=_A.READ_STOCK, icon="trash3"),
            Way(word=_W("Devices"), endpoint="devices_page.every", action=_A.READ_STOCK, icon="tools"),
            Way(word=_W("Suppliers"), endpoint="suppliers_page.suppliers", action=_A.READ_CATALOGUE, icon="shop"),
            Way(
                word=_W("Bring in"),
                endpoint="imports_page.imports",
                action=_A.MAINTAIN_CATALOGUE,
                icon="file-earmark-arrow-up",
            ),
        ),
    ),
    Section(
        word=_W("Watch"),
        ways=(
            Way(word=_W("Alerts"), endpoint="alerts_page.alerts", action=_A.READ_STOCK, icon="bell"),
            Way(word=_W("Jobs"), endpoint="jobs_page.jobs", action=_A.RUN_JOB, icon="clock-history"),
            Way(
                word=_W("Worth"), endpoint="worth_page.as_of", action=_A.READ_WORTH, icon="cash-coin",
                under=("worth_losses_page",),
            ),
            Way(
                word=_W("Closing the books"), endpoint="closing_page.closing", action=_A.READ_STOCK,
                icon="calendar2-check",
            ),
            Way(
                word=_W("By person"), endpoint="by_person_page.report", action=_A.READ_STAFF_ACTS,
                icon="person-lines-fill",
            ),
            Way(
                word=_W("Journal"), endpoint="journal_page.entries_shown", action=_A.READ_JOURNAL, icon="journal-text",
                under=("journal_review_page", "purposes_page"),
            ),
            Way(
                word=_W("Administration"),
                endpoint="administration_page.overview",
                action=_A.MAINTAIN_CLINIC,
                icon="gear",
                under=("people_page", "places_page", "settings_page", "clinics_page", "begin_page", "tablets_page"),
            ),
        ),
    ),
)  # fmt: skip
"""The menu, in the order in which it is read."""


@blp.get("/")
def first_page() -> ResponseReturnValue:
    """The first page of one's clinic, or the choice of clinics for a person who works in several."""
    clinics = own_clinics()
    if len(clinics) == 1:
        return redirect(url_for("navigation.clinic_page", clinic_uid=clinics[0].uid))
    return render_template("choose_clinic.html", clinics=clinics)


@blp.get("/c/<clinic_uid>/")
def clinic_page(clinic_uid: str) -> ResponseReturnValue:
    """Where this person's day begins in this clinic: at the patients, or at the stock.

    While nothing has happened there yet, whoever looks after it begins at its first steps.
    """
    actor: Actor = g.actor
    if may(actor.roles, Action.MAINTAIN_CLINIC) and not _is_under_way(actor):
        return redirect(url_for("begin_page.begin", clinic_uid=clinic_uid))
    begins = "today_page.today" if may(actor.roles, Action.USE) else "stock.on_hand"
    return redirect(url_for(begins, clinic_uid=clinic_uid))


def _is_under_way(actor: Actor) -> bool:
    with installation().reading() as connection:
        return is_under_way(connection, actor.clinic_id)


def of_page() -> dict[str, Any]:
    """What the frame of every page shows: who reads it, in which clinic, where she may go, what waits."""
    shown: dict[str, Any] = {"language": str(get_locale() or "en"), "clinic": None, "signed_on": None}
    actor = g.get("actor")
    clinic = clinic_here()
    if actor is None or clinic is None:
        return shown
    with installation().reading() as connection:
        frame = frame_of(
            connection, actor.clinic_id, person_id=actor.person_id, roles=actor.roles, now=present()
        )
    return {
        **shown,
        "signed_on": _signed_on(actor, frame.person_name),
        "clinic": clinic,
        "has_other_clinics": len(own_clinics()) > 1,
        "may": lambda action: may(actor.roles, Action(action)),
        "sections": _sections(actor),
        "frame": frame,
        "roles": sorted(role.value for role in actor.roles),
    }


@dataclass(frozen=True, kw_only=True)
class SignedOn:
    """Who is signed on at this tablet, for the scripts that change people and cover the screen."""

    person_uid: str
    person_name: str
    idle_seconds: int
    here: str
    """Where to come back to."""
    is_answer: bool
    """The page answers a form: its address alone does not draw it again."""
    badge_heads: str = " ".join(BADGE_HEADS)
    badge_length: int = BADGE_LENGTH


def _signed_on(actor: Actor, name: str) -> SignedOn | None:
    tablet = tablet_here()
    if tablet is None:
        return None
    return SignedOn(
        person_uid=actor.person_uid,
        person_name=name,
        idle_seconds=int(idle_here(tablet).total_seconds()),
        here=request.full_path.rstrip("?") if request.method == "GET" else "",
        is_answer=request.method != "GET",
    )


def _sections(actor: Actor) -> list[tuple[Any, list[tuple[Way, bool]]]]:
    """The menu of this person: its sections' words, with their ways and whether one is where she is."""
    allowed = permitted(actor.roles)
    shown = [
        (
            section.word,
            [(way, way.leads_to(request.blueprint)) for way in section.ways if way.action in allowed],
        )
        for section in SECTIONS
    ]
    return [(word, ways) for word, ways in shown if ways]
