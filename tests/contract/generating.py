"""Which routes does the contract have, who may call each, and how many requests are drawn for it?"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, settings

from stockroom.access.guards import GUARDS, Guard, actions_of
from stockroom.rules.permissions import ROLE_ACTIONS
from stockroom.vocabulary import Role
from tests.conftest import SCALE

ROUTES = {
    route: guard
    for route, guard in GUARDS.items()
    if "/api/v1/" in route and "/docs" not in route and "openapi" not in route
}


def operation_of(api: Any, route: str) -> Any:
    """What the description says of a route of the guards' table."""
    method, path = route.split(" ")
    return api[path.replace("<", "{").replace(">", "}")][method]


def roles_of(guard: Guard) -> tuple[list[Role], list[Role]]:
    """Who may and who may not."""
    may = [role for role in Role if actions_of(guard) & ROLE_ACTIONS[role]]
    return may, [role for role in Role if role not in may]


def bounded(examples: int) -> settings:
    """That many requests, always the same ones at scale 1.

    Nothing is made smaller or tried again: the installation has moved on since a request failed.
    """
    return settings(
        max_examples=examples,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        derandomize=SCALE == 1,
        suppress_health_check=list(HealthCheck),
    )
