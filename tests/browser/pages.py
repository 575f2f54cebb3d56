"""Which pages are there to be looked at?  Every screen that answers GET, at a thing of the demo that fills it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from stockroom.access.guards import GUARDS
from stockroom.db.store import Store
from stockroom.rules.permissions import ROLE_ACTIONS
from stockroom.vocabulary import Action

_CLINIC = "/c/<clinic_uid>/"
_CASE = (
    "SELECT c.id FROM recall_case c LEFT JOIN recall_session s ON s.case_id = c.id"
    " GROUP BY c.id, c.is_mock ORDER BY count(s.id) > 0 DESC, c.is_mock, c.id LIMIT 1"
)
"""A recall with patients on its list; where the demo is too young for one, an exercise."""
_THINGS: dict[str, str] = {
    "lot_uid": (
        "SELECT lot.uid FROM lot JOIN line ON line.clinic_id = lot.clinic_id AND line.lot_id = lot.id"
        " WHERE lot.clinic_id = :clinic"
        " AND lot.kind = 'manufactured' GROUP BY lot.id, lot.uid ORDER BY count(*) DESC LIMIT 1"
    ),
    "container_uid": (
        "SELECT location.uid FROM container JOIN location ON location.id = container.location_id"
        " WHERE container.clinic_id = :clinic ORDER BY container.state = 'open' DESC, container.location_id DESC LIMIT 1"
    ),
    "location_uid": (
        "SELECT location.uid FROM location JOIN balance ON balance.location_id = location.id"
        " WHERE location.clinic_id = :clinic AND location.kind <> 'container'"
        " GROUP BY location.id, location.uid ORDER BY location.kind = 'fridge' DESC, count(*) DESC LIMIT 1"
    ),
    "product_uid": (
        "SELECT product.uid FROM product JOIN lot ON lot.product_id = product.id WHERE lot.clinic_id = :clinic"
        " GROUP BY product.id, product.uid ORDER BY count(*) DESC LIMIT 1"
    ),
    "device_uid": "SELECT uid FROM device WHERE clinic_id = :clinic ORDER BY id LIMIT 1",
    "reading_uid": "SELECT uid FROM temperature_reading WHERE clinic_id = :clinic ORDER BY id DESC LIMIT 1",
    "excursion_uid": "SELECT uid FROM temperature_excursion WHERE clinic_id = :clinic ORDER BY id DESC LIMIT 1",
    "return_uid": "SELECT uid FROM supplier_return WHERE clinic_id = :clinic ORDER BY id DESC LIMIT 1",
    "supplier_uid": "SELECT uid FROM supplier ORDER BY id LIMIT 1",
    "patient_uid": (
        "SELECT patient.uid FROM patient JOIN treatment_session s ON s.patient_id = patient.id"
        " WHERE s.clinic_id = :clinic GROUP BY patient.id, patient.uid ORDER BY count(*) DESC LIMIT 1"
    ),
    "session_uid": (
        "SELECT s.uid FROM treatment_session s JOIN need ON need.session_id = s.id WHERE s.clinic_id = :clinic"
        " AND s.state NOT IN ('finished', 'signed', 'cancelled', 'did_not_come')"
        " GROUP BY s.id, s.uid ORDER BY s.state <> 'planned' DESC, s.id LIMIT 1"
    ),
    "preparation_uid": (
        "SELECT uid FROM preparation WHERE clinic_id = :clinic ORDER BY state = 'draft' DESC, id DESC LIMIT 1"
    ),
    "delivery_uid": (
        "SELECT uid FROM delivery WHERE clinic_id = :clinic ORDER BY state = 'open' DESC, id DESC LIMIT 1"
    ),
    "count_uid": "SELECT uid FROM stock_count WHERE clinic_id = :clinic ORDER BY state = 'open' DESC, id DESC LIMIT 1",
    "receipt_uid": (
        "SELECT uid FROM receipt WHERE clinic_id = :clinic AND supplier_id IS NOT NULL"
        " ORDER BY id DESC LIMIT 1"
    ),
    "movement_uid": "SELECT uid FROM movement WHERE clinic_id = :clinic ORDER BY id DESC LIMIT 1",
    "use_uid": (
        "SELECT m.uid FROM movement m JOIN line ON line.clinic_id = m.clinic_id AND line.movement_id = m.id"
        " WHERE m.clinic_id = :clinic AND m.kind = 'use' AND NOT EXISTS (SELECT 1 FROM line back"
        " WHERE back.clinic_id = line.clinic_id AND back.reverses_line_id = line.id) ORDER BY m.id DESC LIMIT 1"
    ),
    "transfer_uid": "SELECT uid FROM transfer ORDER BY state = 'dispatched' DESC, id DESC LIMIT 1",
    "hold_uid": "SELECT uid FROM clinic_hold WHERE clinic_id = :clinic AND released_at IS NULL ORDER BY id LIMIT 1",
    "line_uid": (
        "SELECT delivery_line.uid FROM delivery_line JOIN delivery ON delivery.id = delivery_line.delivery_id"
        " WHERE delivery.clinic_id = :clinic AND delivery.state = 'open' AND delivery_line.product_id IS NULL"
        " ORDER BY delivery.id DESC, delivery_line.n DESC LIMIT 1"
    ),
    "order_uid": (
        "SELECT uid FROM purchase_order WHERE clinic_id = :clinic"
        " ORDER BY ordered_at IS NULL, cancelled_at IS NOT NULL, id LIMIT 1"
    ),
    "order_line_uid": (
        "SELECT line.uid FROM purchase_order_line line JOIN purchase_order o ON o.id = line.purchase_order_id"
        " WHERE o.clinic_id = :clinic AND line.removed_at IS NULL"
        " ORDER BY o.ordered_at IS NULL, o.cancelled_at IS NOT NULL, o.id, line.n LIMIT 1"
    ),
    "person_uid": "SELECT uid FROM person ORDER BY id DESC LIMIT 1",
    "print_uid": "SELECT uid FROM label_print WHERE clinic_id = :clinic ORDER BY id DESC LIMIT 1",
    "recipe_uid": "SELECT uid FROM recipe ORDER BY id LIMIT 1",
    "protocol_uid": "SELECT uid FROM protocol ORDER BY version DESC, id LIMIT 1",
    "case_uid": f"SELECT uid FROM recall_case WHERE id = ({_CASE})",
    "mock_uid": "SELECT uid FROM recall_case WHERE is_mock ORDER BY id DESC LIMIT 1",
    "recalled_uid": (
        "SELECT p.uid FROM recall_session s JOIN patient p ON p.id = s.patient_id"
        f" WHERE s.case_id = ({_CASE}) GROUP BY p.id, p.uid ORDER BY count(*) DESC, p.id LIMIT 1"
    ),
    "course_uid": "SELECT uid FROM course WHERE clinic_id = :clinic ORDER BY id LIMIT 1",
}
"""What stands for each thing in an address."""

_CHOSEN = {
    "of/<kind>/<thing_uid>": "of/product/<product_uid>",
    "<kind>/<thing_uid>": "lot/<lot_uid>",
    "<stream>/<int:seq>": "changes/1",
    "contacts/<patient_uid>": "contacts/<recalled_uid>",
}
"""Parts of an address that may be several things: the one that is looked at."""


_BROUGHT_IN = "<import_uid>"
"""A file that is being brought in is no part of the demo: test_begin.py looks at it."""


@dataclass(frozen=True, kw_only=True)
class PageToSee:
    """A page, and the roles that may see it."""

    name: str
    path: str
    roles: tuple[str, ...]


def screens(store: Store) -> tuple[PageToSee, ...]:
    """Give every screen of the first clinic that answers GET; files (CSV, PDF, JSON) are none."""
    with store.reading() as connection:
        clinic = connection.execute(text("SELECT id, uid FROM clinic ORDER BY id LIMIT 1")).one()
        found = [_page(connection, clinic.id, _shown(clinic.uid), route) for route in GUARDS]
    return tuple(page for page in found if page is not None and "<" not in page.path)


def _page(
    connection: Connection, clinic_id: int, clinic_uid: str, route: str, *, is_file: bool = False
) -> PageToSee | None:
    method, _, path = route.partition(" ")
    guard = GUARDS[route]
    if method != "GET" or not path.startswith(_CLINIC) or _BROUGHT_IN in path:
        return None
    if ("." in path) is not is_file:
        return None
    asked = {guard} if isinstance(guard, Action) else guard
    if not isinstance(asked, set | frozenset):
        return None
    path = path.replace("<clinic_uid>", clinic_uid)
    for written, chosen in _CHOSEN.items():
        path = path.replace(written, chosen)
    for name, statement in _THINGS.items():
        if f"<{name}>" in path:
            uid = connection.execute(text(statement), {"clinic": clinic_id}).scalar_one_or_none()
            path = path.replace(f"<{name}>", _shown(uid) if uid else f"<no {name} in the demo>")
    roles = tuple(role.value for role in ROLE_ACTIONS if asked & ROLE_ACTIONS[role])
    name = route.removeprefix(f"GET {_CLINIC}").replace("/", "-").replace("<", "").replace(">", "") or "first"
    return PageToSee(name=name, path=path, roles=roles)


def files(store: Store) -> tuple[PageToSee, ...]:
    """Give every list and document of the first clinic whose words can be read: CSV, JSON and PDF."""
    with store.reading() as connection:
        clinic = connection.execute(text("SELECT id, uid FROM clinic ORDER BY id LIMIT 1")).one()
        routes = [route for route in GUARDS if route.endswith((".csv", ".json", ".pdf"))]
        found = [_page(connection, clinic.id, _shown(clinic.uid), route, is_file=True) for route in routes]
    return tuple(page for page in found if page is not None and "<" not in page.path)


def unresolved(store: Store) -> tuple[str, ...]:
    """Give the addresses of which the demo has nothing to show, or in which something stands that is not known here."""
    with store.reading() as connection:
        clinic = connection.execute(text("SELECT id, uid FROM clinic ORDER BY id LIMIT 1")).one()
        found = [_page(connection, clinic.id, _shown(clinic.uid), route) for route in GUARDS]
    return tuple(page.path for page in found if page is not None and "<" in page.path)


def _shown(uid: str) -> str:
    """A public id as it is written; SQLite keeps its digits alone."""
    return str(UUID(str(uid)))
