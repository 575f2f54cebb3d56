"""Who may call which route?  One table for the whole installation; a route that is not in it is refused.

A guard is an action of `rules/permissions.py`, several of which any one will do (the operation then asks for
precisely the one that the request needs), or one of two words: OPEN (nobody needs to log in) and
SIGNED_IN (any log-in or token; the page itself names no clinic).  The operation behind a route asks again,
under the lock.
"""

from __future__ import annotations

from enum import StrEnum

from werkzeug.routing import Map, Rule

from stockroom.vocabulary import Action


class Door(StrEnum):
    """What a route asks for when it does not ask for an action."""

    OPEN = "open"
    SIGNED_IN = "signed_in"


Guard = Action | Door | frozenset[Action]
"""Of a set of actions any one lets in."""

GUARDS: dict[str, Guard] = {
    # Log-in, and what a page is drawn with
    "GET /login": Door.OPEN,
    "POST /login": Door.OPEN,
    "POST /logout": Door.SIGNED_IN,
    "GET /verify": Door.SIGNED_IN,
    "POST /verify": Door.SIGNED_IN,
    "GET /static/<path:filename>": Door.OPEN,
    "GET /bootstrap/static/<path:filename>": Door.OPEN,
    # One's own log-in
    "GET /account/log-ins": Door.SIGNED_IN,
    "POST /account/log-ins/<log_in_uid>/ending": Door.SIGNED_IN,
    "POST /account/log-ins/ending": Door.SIGNED_IN,
    "GET /account/password": Door.SIGNED_IN,
    "POST /account/password": Door.SIGNED_IN,
    # Screens
    "GET /": Door.SIGNED_IN,
    "GET /c/<clinic_uid>/": Action.READ_STOCK,
    "GET /c/<clinic_uid>/codes": Action.READ_STOCK,
    "GET /c/<clinic_uid>/codes/sheet.pdf": Action.READ_STOCK,
    "GET /c/<clinic_uid>/journal": Action.READ_JOURNAL,
    "GET /c/<clinic_uid>/journal/entries.csv": Action.READ_JOURNAL,
    "GET /c/<clinic_uid>/journal/<stream>/<int:seq>": Action.READ_JOURNAL,
    "GET /c/<clinic_uid>/patients": Action.READ_PATIENTS,
    "POST /c/<clinic_uid>/patients": Action.READ_PATIENTS,
    "GET /c/<clinic_uid>/patients/new": Action.MAINTAIN_PATIENTS,
    "POST /c/<clinic_uid>/patients/new": Action.MAINTAIN_PATIENTS,
    "GET /c/<clinic_uid>/patients/<patient_uid>": Action.READ_PATIENTS,
    "POST /c/<clinic_uid>/patients/<patient_uid>": Action.MAINTAIN_PATIENTS,
    "POST /c/<clinic_uid>/patients/<patient_uid>/allergies": Action.MAINTAIN_PATIENTS,
    "POST /c/<clinic_uid>/patients/<patient_uid>/erasure": Action.ERASE_PATIENT,
    "GET /c/<clinic_uid>/suppliers": Action.READ_CATALOGUE,
    "POST /c/<clinic_uid>/suppliers": Action.MAINTAIN_CATALOGUE,
    "GET /c/<clinic_uid>/suppliers/<supplier_uid>": Action.READ_CATALOGUE,
    "POST /c/<clinic_uid>/suppliers/<supplier_uid>": Action.MAINTAIN_CATALOGUE,
    "GET /c/<clinic_uid>/alerts": Action.READ_STOCK,
    "POST /c/<clinic_uid>/alerts/<alert_uid>/acknowledgement": Action.ANSWER_ALERT,
    "POST /c/<clinic_uid>/alerts/<alert_uid>/snooze": Action.ANSWER_ALERT,
    "POST /c/<clinic_uid>/alerts/deviations/<deviation_uid>/signature": Action.SIGN_DEVIATION,
    "GET /c/<clinic_uid>/expiring": Action.READ_STOCK,
    "GET /c/<clinic_uid>/expiring/expiring.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/jobs": Action.RUN_JOB,
    "POST /c/<clinic_uid>/jobs/<job_name>/runs": Action.RUN_JOB,
    "GET /c/<clinic_uid>/low": Action.READ_STOCK,
    "GET /c/<clinic_uid>/low/low.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/separation": Action.READ_STOCK,
    "POST /c/<clinic_uid>/separation": Action.TRANSFER,
    "POST /c/<clinic_uid>/separation/moves": Action.TRANSFER,
    "GET /c/<clinic_uid>/separation/separation.csv": Action.READ_STOCK,
    "POST /c/<clinic_uid>/scan": Action.READ_STOCK,
    "GET /c/<clinic_uid>/trace": Action.READ_TRACE,
    "POST /c/<clinic_uid>/trace": Action.READ_TRACE,
    "GET /c/<clinic_uid>/trace/<kind>/<thing_uid>": Action.READ_TRACE,
    "GET /c/<clinic_uid>/trace/<kind>/<thing_uid>/trace.json": Action.READ_TRACE,
    "GET /c/<clinic_uid>/trace/<kind>/<thing_uid>/uses.csv": Action.READ_TRACE,
    "GET /c/<clinic_uid>/containers/<container_uid>": Action.READ_STOCK,
    "POST /c/<clinic_uid>/containers/<container_uid>/ending": Action.DISPOSE,
    "GET /c/<clinic_uid>/containers/<container_uid>/hold": Action.HOLD,
    "POST /c/<clinic_uid>/containers/<container_uid>/hold": Action.HOLD,
    "POST /c/<clinic_uid>/containers/<container_uid>/placings": Action.TRANSFER,
    "GET /c/<clinic_uid>/holds": Action.READ_STOCK,
    "GET /c/<clinic_uid>/holds/holds.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/holds/<hold_uid>/release": frozenset({Action.RELEASE_HOLD, Action.RECALL}),
    "POST /c/<clinic_uid>/holds/<hold_uid>/release": frozenset({Action.RELEASE_HOLD, Action.RECALL}),
    "GET /c/<clinic_uid>/locations/<location_uid>": Action.READ_STOCK,
    "GET /c/<clinic_uid>/locations/<location_uid>/hold": Action.HOLD,
    "POST /c/<clinic_uid>/locations/<location_uid>/hold": Action.HOLD,
    "GET /c/<clinic_uid>/locations/<location_uid>/lots.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/lots/<lot_uid>": Action.READ_STOCK,
    "GET /c/<clinic_uid>/lots/<lot_uid>/correction": Action.CORRECT_LOT,
    "POST /c/<clinic_uid>/lots/<lot_uid>/correction": Action.CORRECT_LOT,
    "GET /c/<clinic_uid>/lots/<lot_uid>/dispatch": Action.DISPATCH,
    "POST /c/<clinic_uid>/lots/<lot_uid>/dispatch": Action.DISPATCH,
    "GET /c/<clinic_uid>/lots/<lot_uid>/disposal": Action.DISPOSE,
    "POST /c/<clinic_uid>/lots/<lot_uid>/disposal": Action.DISPOSE,
    "GET /c/<clinic_uid>/lots/<lot_uid>/history.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/lots/<lot_uid>/hold": Action.HOLD,
    "POST /c/<clinic_uid>/lots/<lot_uid>/hold": Action.HOLD,
    "GET /c/<clinic_uid>/lots/<lot_uid>/move": Action.TRANSFER,
    "POST /c/<clinic_uid>/lots/<lot_uid>/move": Action.TRANSFER,
    "GET /c/<clinic_uid>/lots/<lot_uid>/opening": Action.OPEN,
    "POST /c/<clinic_uid>/lots/<lot_uid>/opening": Action.OPEN,
    "GET /c/<clinic_uid>/sessions/<session_uid>": Action.READ_PATIENTS,
    "POST /c/<clinic_uid>/sessions/<session_uid>/amount": Action.CORRECT,
    "POST /c/<clinic_uid>/sessions/<session_uid>/broken": Action.DISPOSE,
    "GET /c/<clinic_uid>/sessions/<session_uid>/by-hand": Action.USE,
    "GET /c/<clinic_uid>/sessions/<session_uid>/finish": Action.FINISH_SESSION,
    "POST /c/<clinic_uid>/sessions/<session_uid>/receive": Action.BENCH_RECEIVE,
    "POST /c/<clinic_uid>/sessions/<session_uid>/scan": Action.USE,
    "POST /c/<clinic_uid>/sessions/<session_uid>/state": Action.PLAN_SESSION,
    "POST /c/<clinic_uid>/sessions/<session_uid>/undo": Action.REVERSE,
    "GET /c/<clinic_uid>/sessions/new": Action.PLAN_SESSION,
    "POST /c/<clinic_uid>/sessions/new": Action.PLAN_SESSION,
    "GET /c/<clinic_uid>/movements/<movement_uid>": Action.READ_STOCK,
    "GET /c/<clinic_uid>/movements/<movement_uid>/lines.csv": Action.READ_STOCK,
    "POST /c/<clinic_uid>/movements/<movement_uid>/reversal": Action.REVERSE,
    "GET /c/<clinic_uid>/stock": Action.READ_STOCK,
    "GET /c/<clinic_uid>/stock/expiry": Action.READ_STOCK,
    "GET /c/<clinic_uid>/stock/expiry.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/stock/lots": Action.READ_STOCK,
    "GET /c/<clinic_uid>/stock/lots.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/stock/places": Action.READ_STOCK,
    "GET /c/<clinic_uid>/stock/places.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/stock/products.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/today": Action.READ_PATIENTS,
    "GET /c/<clinic_uid>/tokens": Action.MINT_TOKEN,
    "POST /c/<clinic_uid>/tokens": Action.MINT_TOKEN,
    "POST /c/<clinic_uid>/tokens/<token_uid>/revocation": Action.MINT_TOKEN,
    "GET /c/<clinic_uid>/transfers": Action.READ_STOCK,
    "GET /c/<clinic_uid>/transfers/transfers.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/transfers/<transfer_uid>": Action.READ_STOCK,
    "GET /c/<clinic_uid>/transfers/<transfer_uid>/arrival": Action.RECEIVE,
    "POST /c/<clinic_uid>/transfers/<transfer_uid>/arrival": Action.RECEIVE,
    "GET /c/<clinic_uid>/transfers/<transfer_uid>/lines.csv": Action.READ_STOCK,
    "GET /c/<clinic_uid>/receive": Action.READ_STOCK,
    "POST /c/<clinic_uid>/receive": Action.RECEIVE,
    "GET /c/<clinic_uid>/receive/<delivery_uid>": Action.READ_STOCK,
    "POST /c/<clinic_uid>/receive/<delivery_uid>/scan": Action.RECEIVE,
    "GET /c/<clinic_uid>/receive/<delivery_uid>/paper": Action.RECEIVE,
    "POST /c/<clinic_uid>/receive/<delivery_uid>/paper": Action.RECEIVE,
    "POST /c/<clinic_uid>/receive/<delivery_uid>/booking": Action.RECEIVE,
    "POST /c/<clinic_uid>/receive/<delivery_uid>/discarding": Action.RECEIVE,
    "GET /c/<clinic_uid>/receive/<delivery_uid>/by-hand": Action.RECEIVE,
    "POST /c/<clinic_uid>/receive/<delivery_uid>/by-hand": Action.RECEIVE,
    "GET /c/<clinic_uid>/receive/<delivery_uid>/lines/<line_uid>": Action.RECEIVE,
    "POST /c/<clinic_uid>/receive/<delivery_uid>/lines/<line_uid>": Action.RECEIVE,
    "POST /c/<clinic_uid>/receive/<delivery_uid>/lines/<line_uid>/removal": Action.RECEIVE,
    "GET /c/<clinic_uid>/receive/<delivery_uid>/lines/<line_uid>/product": Action.RECEIVE,
    "GET /c/<clinic_uid>/receive/<delivery_uid>/lines/<line_uid>/product/new": Action.MAINTAIN_CATALOGUE,
    "POST /c/<clinic_uid>/receive/<delivery_uid>/lines/<line_uid>/product/new": Action.MAINTAIN_CATALOGUE,
    "POST /c/<clinic_uid>/receive/<delivery_uid>/lines/<line_uid>/product/<product_uid>": Action.MAINTAIN_CATALOGUE,
    "GET /c/<clinic_uid>/receive/receipts/<receipt_uid>": Action.READ_STOCK,
    "POST /c/<clinic_uid>/receive/receipts/<receipt_uid>/costs": Action.COMPLETE_COST,
    # The API's own description
    "GET /api/v1/openapi.json": Door.SIGNED_IN,
    "GET /api/v1/docs": Door.SIGNED_IN,
    "GET /api/v1/docs/files/<path:filename>": Door.OPEN,
    # API resources, in the order of the alphabet
    "GET /api/v1/alerts": Action.READ_STOCK,
    "POST /api/v1/alerts/<uid>/acknowledgement": Action.ANSWER_ALERT,
    "POST /api/v1/alerts/<uid>/snooze": Action.ANSWER_ALERT,
    "GET /api/v1/allocations": Action.READ_STOCK,
    "POST /api/v1/allocations": Action.ALLOCATE,
    "POST /api/v1/allocations/<uid>/release": Action.ALLOCATE,
    "GET /api/v1/bench-receipts": Action.READ_STOCK,
    "POST /api/v1/bench-receipts": Action.BENCH_RECEIVE,
    "GET /api/v1/clinics": Action.READ_STOCK,
    "POST /api/v1/clinics": Action.MAINTAIN_CLINIC,
    "GET /api/v1/clinics/<uid>": Action.READ_STOCK,
    "GET /api/v1/clinics/<uid>/settings": Action.READ_STOCK,
    "PUT /api/v1/clinics/<uid>/settings": Action.MAINTAIN_CLINIC,
    "GET /api/v1/closed-periods": Action.READ_STOCK,
    "POST /api/v1/closed-periods": Action.CLOSE_PERIOD,
    "GET /api/v1/containers": Action.READ_STOCK,
    "POST /api/v1/containers": Action.OPEN,
    "GET /api/v1/containers/<uid>": Action.READ_STOCK,
    "POST /api/v1/containers/<uid>/ending": Action.DISPOSE,
    "POST /api/v1/containers/<uid>/placings": Action.TRANSFER,
    "GET /api/v1/deliveries": Action.READ_STOCK,
    "POST /api/v1/deliveries": Action.RECEIVE,
    "GET /api/v1/deliveries/<uid>": Action.READ_STOCK,
    "PUT /api/v1/deliveries/<uid>": Action.RECEIVE,
    "POST /api/v1/deliveries/<uid>/completion": Action.RECEIVE,
    "POST /api/v1/deliveries/<uid>/discarding": Action.RECEIVE,
    "POST /api/v1/deliveries/<uid>/lines": Action.RECEIVE,
    "PUT /api/v1/deliveries/<uid>/lines/<line_uid>": Action.RECEIVE,
    "DELETE /api/v1/deliveries/<uid>/lines/<line_uid>": Action.RECEIVE,
    "GET /api/v1/deliveries/<uid>/lines/<line_uid>/likely-products": Action.READ_CATALOGUE,
    "GET /api/v1/deviations": Action.READ_STOCK,
    "POST /api/v1/deviations/<uid>/signature": Action.SIGN_DEVIATION,
    "GET /api/v1/disposals": Action.READ_STOCK,
    "POST /api/v1/disposals": Action.DISPOSE,
    "GET /api/v1/holds": Action.READ_STOCK,
    "POST /api/v1/holds/<uid>/release": Action.RELEASE_HOLD,
    "GET /api/v1/ingredients": Action.READ_CATALOGUE,
    "GET /api/v1/jobs": Action.RUN_JOB,
    "POST /api/v1/jobs/<name>/runs": Action.RUN_JOB,
    "GET /api/v1/journal": Action.READ_JOURNAL,
    "POST /api/v1/late-preparations": Action.RECORD_LATE,
    "GET /api/v1/locations": Action.READ_STOCK,
    "POST /api/v1/locations": Action.MAINTAIN_CLINIC,
    "GET /api/v1/locations/<uid>": Action.READ_STOCK,
    "POST /api/v1/locations/<uid>/holds": Action.HOLD,
    "GET /api/v1/locations/<uid>/par-levels": Action.READ_STOCK,
    "PUT /api/v1/locations/<uid>/par-levels/<product_uid>": Action.MAINTAIN_CLINIC,
    "GET /api/v1/lots": Action.READ_STOCK,
    "GET /api/v1/lots/<uid>": Action.READ_STOCK,
    "POST /api/v1/lots/<uid>/correction": Action.CORRECT_LOT,
    "POST /api/v1/lots/<uid>/holds": Action.HOLD,
    "GET /api/v1/lots/<uid>/statement": Action.READ_STOCK,
    "GET /api/v1/manufacturers": Action.READ_CATALOGUE,
    "POST /api/v1/manufacturers": Action.MAINTAIN_CATALOGUE,
    "GET /api/v1/movements": Action.READ_STOCK,
    "GET /api/v1/movements/<uid>": Action.READ_STOCK,
    "POST /api/v1/movements/<uid>/correction": Action.CORRECT,
    "POST /api/v1/movements/<uid>/reversal": Action.REVERSE,
    "POST /api/v1/movements/<uid>/spillage": Action.DISPOSE,
    "POST /api/v1/moves": Action.TRANSFER,
    "POST /api/v1/opening-stock": Action.BRING_FORWARD,
    "POST /api/v1/patients": Action.MAINTAIN_PATIENTS,
    "GET /api/v1/patients/<uid>": Action.READ_PATIENTS,
    "PUT /api/v1/patients/<uid>": Action.MAINTAIN_PATIENTS,
    "PUT /api/v1/patients/<uid>/allergies": Action.MAINTAIN_PATIENTS,
    "POST /api/v1/patients/<uid>/erasure": Action.ERASE_PATIENT,
    "POST /api/v1/patients/<uid>/merges": Action.MAINTAIN_PATIENTS,
    "POST /api/v1/patients/searches": Action.READ_PATIENTS,
    "GET /api/v1/people": Action.READ_CATALOGUE,
    "POST /api/v1/people": Action.MAINTAIN_USERS,
    "GET /api/v1/people/<uid>": Action.READ_CATALOGUE,
    "GET /api/v1/preparations": Action.READ_STOCK,
    "POST /api/v1/preparations": Action.PREPARE,
    "GET /api/v1/preparations/<uid>": Action.READ_STOCK,
    "POST /api/v1/preparations/<uid>/abandonment": Action.PREPARE,
    "POST /api/v1/preparations/<uid>/completion": Action.PREPARE,
    "POST /api/v1/preparations/<uid>/ingredients": Action.PREPARE,
    "DELETE /api/v1/preparations/<uid>/ingredients/<n>": Action.PREPARE,
    "GET /api/v1/product-groups": Action.READ_CATALOGUE,
    "POST /api/v1/product-groups": Action.MAINTAIN_CATALOGUE,
    "GET /api/v1/products": Action.READ_CATALOGUE,
    "POST /api/v1/products": Action.MAINTAIN_CATALOGUE,
    "GET /api/v1/products/<uid>": Action.READ_CATALOGUE,
    "POST /api/v1/products/<uid>/confirmation": Action.CONFIRM_PRODUCT,
    "PUT /api/v1/products/<uid>/rule": Action.MAINTAIN_CATALOGUE,
    "GET /api/v1/products/<uid>/stock-level": Action.READ_STOCK,
    "PUT /api/v1/products/<uid>/stock-level": Action.MAINTAIN_CLINIC,
    "POST /api/v1/products/<uid>/trade-items": Action.MAINTAIN_CATALOGUE,
    "GET /api/v1/recalls": Action.READ_STOCK,
    "POST /api/v1/recalls": Action.RECALL,
    "POST /api/v1/recalls/<uid>/release": Action.RECALL,
    "GET /api/v1/receipts": Action.READ_STOCK,
    "POST /api/v1/receipts": Action.RECEIVE,
    "GET /api/v1/receipts/<uid>": Action.READ_STOCK,
    "POST /api/v1/receipts/<uid>/costs": Action.COMPLETE_COST,
    "GET /api/v1/recipes": Action.READ_CATALOGUE,
    "POST /api/v1/recipes": Action.WRITE_RECIPE,
    "GET /api/v1/recipes/<uid>": Action.READ_CATALOGUE,
    "POST /api/v1/recipes/<uid>/versions": Action.WRITE_RECIPE,
    "POST /api/v1/recipes/<uid>/versions/<version_uid>/approval": Action.APPROVE_RECIPE,
    "GET /api/v1/reference/<kind>": Action.READ_CATALOGUE,
    "POST /api/v1/returns-to-supplier": Action.DISPATCH,
    "POST /api/v1/scans": Action.READ_STOCK,
    "GET /api/v1/sessions": Action.READ_PATIENTS,
    "POST /api/v1/sessions": Action.PLAN_SESSION,
    "GET /api/v1/sessions/<uid>": Action.READ_PATIENTS,
    "PUT /api/v1/sessions/<uid>": Action.PLAN_SESSION,
    "POST /api/v1/sessions/<uid>/late-usages": Action.RECORD_LATE,
    "POST /api/v1/sessions/<uid>/state": frozenset(
        {Action.PLAN_SESSION, Action.FINISH_SESSION, Action.SIGN_SESSION}
    ),
    "POST /api/v1/sessions/<uid>/usages": Action.USE,
    "GET /api/v1/stock": Action.READ_STOCK,
    "GET /api/v1/stock/below-minimum": Action.READ_STOCK,
    "GET /api/v1/stock/expiring": Action.READ_STOCK,
    "GET /api/v1/stocktakes": Action.READ_STOCK,
    "POST /api/v1/stocktakes": Action.COUNT,
    "GET /api/v1/stocktakes/<uid>": Action.READ_STOCK,
    "GET /api/v1/suppliers": Action.READ_CATALOGUE,
    "POST /api/v1/suppliers": Action.MAINTAIN_CATALOGUE,
    "GET /api/v1/suppliers/<uid>": Action.READ_CATALOGUE,
    "GET /api/v1/suppliers/<uid>/items": Action.READ_CATALOGUE,
    "PUT /api/v1/suppliers/<uid>/items/<product_uid>": Action.MAINTAIN_CATALOGUE,
    "GET /api/v1/tokens": Action.MINT_TOKEN,
    "POST /api/v1/tokens/<uid>/revocation": Action.MINT_TOKEN,
    "GET /api/v1/traces": Action.READ_TRACE,
    "GET /api/v1/trade-items": Action.READ_CATALOGUE,
    "GET /api/v1/transfers": Action.READ_STOCK,
    "POST /api/v1/transfers": Action.DISPATCH,
    "GET /api/v1/transfers/<uid>": Action.READ_STOCK,
    "POST /api/v1/transfers/<uid>/arrival": Action.RECEIVE,
    "GET /api/v1/usages": Action.READ_PATIENTS,
    "GET /api/v1/users": Action.MAINTAIN_USERS,
    "GET /api/v1/users/<uid>": Action.MAINTAIN_USERS,
    "PUT /api/v1/users/<uid>/log-in": Action.MAINTAIN_USERS,
    "POST /api/v1/users/<uid>/roles": Action.MAINTAIN_USERS,
    "DELETE /api/v1/users/<uid>/roles/<role>": Action.MAINTAIN_USERS,
}


def actions_of(asked: Guard) -> frozenset[Action]:
    """Give the actions of which a guard wants one; none for a door."""
    if isinstance(asked, Door):
        return frozenset()
    return asked if isinstance(asked, frozenset) else frozenset({asked})


def guard_of(rule: Rule, method: str) -> Guard | None:
    """Give the guard of a route; None when the table does not know it, which means refuse."""
    asked = "GET" if method == "HEAD" else method
    return GUARDS.get(f"{asked} {rule.rule}")


def routes(url_map: Map) -> frozenset[str]:
    """Give every route of an application as the table writes it; HEAD is its GET."""
    return frozenset(
        f"{method} {rule.rule}"
        for rule in url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def unguarded(url_map: Map) -> frozenset[str]:
    """Give the routes of an application that the table does not name."""
    return routes(url_map) - GUARDS.keys()


def without_route(url_map: Map) -> frozenset[str]:
    """Give the entries of the table that no route has any more."""
    return frozenset(GUARDS) - routes(url_map)
