"""Who may call which route?  One table for the whole installation, in four files; a route that is not in it is refused.

A guard is an action of `rules/permissions.py`, several of which any one will do (the operation then asks for
precisely the one that the request needs), or one of three words: OPEN (nobody needs to log in), UNASKED (that,
and no anti-forgery token either) and SIGNED_IN (any log-in or token; the page itself names no clinic).  The
operation behind a route asks again, under the lock.
"""

from __future__ import annotations

from werkzeug.routing import Map, Rule

from stockroom.access.api_guards import API_GUARDS
from stockroom.access.doors import Door, Guard
from stockroom.access.recall_guards import RECALL_GUARDS
from stockroom.access.screen_guards import SCREEN_GUARDS
from stockroom.access.upkeep_guards import UPKEEP_GUARDS
from stockroom.vocabulary import Action

__all__ = ["GUARDS", "Door", "Guard", "actions_of", "guard_of", "routes", "unguarded", "without_route"]

GUARDS: dict[str, Guard] = {**SCREEN_GUARDS, **RECALL_GUARDS, **UPKEEP_GUARDS, **API_GUARDS}


# A list of a screen that leaves as CSV leaves as XLSX, for the same people (web/csv_file.py).
GUARDS |= {
    f"{route.removesuffix('.csv')}.xlsx": asked
    for route, asked in GUARDS.items()
    if route.startswith("GET /c/") and route.endswith(".csv")
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
