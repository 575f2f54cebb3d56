"""Who may call which route?  One table for the whole installation; a route that is not in it is refused.

A guard is an action of `rules/permissions.py`, or one of two words: OPEN (nobody needs to log in) and
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


Guard = Action | Door

GUARDS: dict[str, Guard] = {
    # Log-in, and what a page is drawn with
    "GET /login": Door.OPEN,
    "POST /login": Door.OPEN,
    "POST /logout": Door.SIGNED_IN,
    "GET /verify": Door.SIGNED_IN,
    "POST /verify": Door.SIGNED_IN,
    "GET /static/<path:filename>": Door.OPEN,
    "GET /bootstrap/static/<path:filename>": Door.OPEN,
    # Screens
    "GET /": Door.SIGNED_IN,
    "GET /c/<clinic_uid>/stock": Action.READ_STOCK,
    "GET /c/<clinic_uid>/tokens": Action.MINT_TOKEN,
    "POST /c/<clinic_uid>/tokens": Action.MINT_TOKEN,
    "POST /c/<clinic_uid>/tokens/<token_uid>/revocation": Action.MINT_TOKEN,
    # The API's own description
    "GET /api/v1/openapi.json": Door.SIGNED_IN,
    "GET /api/v1/docs": Door.SIGNED_IN,
    "GET /api/v1/docs/files/<path:filename>": Door.OPEN,
    # API resources, in the order of the alphabet
    "GET /api/v1/clinics": Action.READ_STOCK,
    "POST /api/v1/clinics": Action.MAINTAIN_CLINIC,
    "GET /api/v1/clinics/<uid>": Action.READ_STOCK,
    "GET /api/v1/tokens": Action.MINT_TOKEN,
    "POST /api/v1/tokens/<uid>/revocation": Action.MINT_TOKEN,
}


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
