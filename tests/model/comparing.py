"""Do the books, the reports and the traces say what the reference says?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.db.store import Store
from stockroom.ledger.prepared_products import AD_HOC_NAME
from stockroom.models import (
    Allocation,
    Balance,
    Container,
    Line,
    Location,
    Lot,
    Patient,
    Preparation,
    TreatmentSession,
    Usage,
)
from stockroom.queries.stock import lots_in_stock, stock_by_product
from stockroom.queries.traces import back_from_session, forward_from_lot
from stockroom.vocabulary import AllocationState, ContainerState
from tests.model.houses import Furnished
from tests.oracles.stock_acts import StockActs

REPORTED_AS = {"recipe": "Glow", "ad hoc": AD_HOC_NAME}
"""What the mixtures' products are called; the others go by their own names."""


@dataclass
class Names:
    """The model's names and the uids of the database, each way."""

    uids: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = {uid: name for name, uid in self.uids.items()}

    def learn(self, name: str, uid: str) -> None:
        assert self.uids.setdefault(name, uid) == uid, f"{name} has two uids"
        assert self.names.setdefault(uid, name) == name, f"{name} and {self.names[uid]} are one"


def compare(
    store: Store, furnished: Furnished, names: Names, model: StockActs, step: int, *, reports: bool
) -> None:
    """Compare everything that there is; of stock reports, lots and sessions to be traced one a step, in turn."""
    with store.reading() as connection:
        same(_balances(connection, names), _expected_balances(model), "balances")
        same(_promises(connection, names), _expected_promises(model), "allocations")
        same(_containers(connection, names), _expected_containers(model), "containers")
        if not reports:
            return
        same(_sessions(connection, names), _expected_sessions(model), "sessions")
        same(_uses(connection, names), model.uses(), "usages")
        clinic = "AAB"[step % 3]
        report = (_compare_by_lot, _compare_by_product)[step % 2]
        report(connection, furnished.clinics[clinic].id, names, model, clinic)
        if step % 2 and model.sessions:
            session = list(model.sessions)[step % len(model.sessions)]
            _compare_back(connection, furnished, names, model, session)
        elif model.lots:
            _compare_forward(connection, furnished, names, model, list(model.lots)[step % len(model.lots)])


def same(found: Any, expected: Any, what: str) -> None:
    """Assert with a message that shows what differs only."""
    if found == expected:
        return
    if isinstance(found, dict):
        found, expected = (
            {key: value for key, value in one.items() if key not in other or other[key] != value}
            for one, other in ((found, expected), (expected, found))
        )
    raise AssertionError(f"{what}: the books have {found}, the model has {expected}")


_BALANCES = (
    select(Lot.uid, Location.uid.label("place"), Balance.quantity, Balance.allocated)
    .select_from(Balance)
    .join(Lot, Lot.id == Balance.lot_id)
    .join(Location, Location.id == Balance.location_id)
    .where((Balance.quantity != 0) | (Balance.allocated != 0))
)


def _balances(connection: Connection, names: Names) -> dict[tuple[str, str], tuple[int, int]]:
    rows = connection.execute(_BALANCES)
    return {(names.names[row.uid], names.names[row.place]): (row.quantity, row.allocated) for row in rows}


def _expected_balances(model: StockActs) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        thing: (quantity, model.promised(*thing)) for thing, quantity in model.on_hand.items() if quantity
    }


def _promises(connection: Connection, names: Names) -> list[tuple[str, str, int, str]]:
    return [
        (names.names[row.lot], names.names[row.place], row.quantity, names.names[row.session or row.cocktail])
        for row in active_promises(connection)
    ]


_PROMISES = (
    select(
        Allocation.uid,
        Lot.uid.label("lot"),
        Location.uid.label("place"),
        Allocation.quantity,
        TreatmentSession.uid.label("session"),
        Preparation.uid.label("cocktail"),
    )
    .join(Lot, Lot.id == Allocation.lot_id)
    .join(Location, Location.id == Allocation.location_id)
    .outerjoin(TreatmentSession, TreatmentSession.id == Allocation.session_id)
    .outerjoin(Preparation, Preparation.id == Allocation.preparation_id)
    .where(Allocation.state == AllocationState.ACTIVE)
    .order_by(Allocation.id)
)


def active_promises(connection: Connection) -> list[Any]:
    """The standing allocations in the order in which they were made."""
    return list(connection.execute(_PROMISES))


def _expected_promises(model: StockActs) -> list[tuple[str, str, int, str]]:
    return [
        (each.lot, each.place, each.quantity, each.session or each.cocktail or "") for each in model.active()
    ]


_standing = aliased(Location)
_CONTAINERS = (
    select(
        Location.uid,
        Lot.uid.label("lot"),
        Container.state,
        Container.opened_at,
        Container.beyond_use_at,
        _standing.uid.label("stands_in"),
        Patient.uid.label("patient"),
    )
    .select_from(Container)
    .join(Location, Location.id == Container.location_id)
    .join(Lot, Lot.id == Container.lot_id)
    .join(_standing, _standing.id == Container.stands_in_id)
    .outerjoin(Patient, Patient.id == Container.patient_id)
)


def _containers(connection: Connection, names: Names) -> dict[str, tuple[Any, ...]]:
    rows = connection.execute(_CONTAINERS)
    return {
        names.names[row.uid]: (
            names.names[row.lot],
            ContainerState(row.state),
            row.opened_at,
            row.beyond_use_at,
            names.names[row.stands_in],
            row.patient and names.names[row.patient],
        )
        for row in rows
    }


def _expected_containers(model: StockActs) -> dict[str, tuple[Any, ...]]:
    return {
        name: (each.lot, each.state, each.opened_at, each.beyond_use_at, each.stands_in, each.patient)
        for name, each in model.containers.items()
    }


_SESSIONS = select(TreatmentSession.uid, Patient.uid.label("patient"), TreatmentSession.state).join(
    Patient, Patient.id == TreatmentSession.patient_id
)


def _sessions(connection: Connection, names: Names) -> dict[str, tuple[str, str]]:
    rows = connection.execute(_SESSIONS)
    return {names.names[row.uid]: (names.names[row.patient], row.state) for row in rows}


def _expected_sessions(model: StockActs) -> dict[str, tuple[str, str]]:
    return {name: (each.patient, each.state.value) for name, each in model.sessions.items()}


_undone = aliased(Line)
_USES = (
    select(TreatmentSession.uid, Lot.uid.label("lot"), Line.quantity)
    .select_from(Usage)
    .join(Line, and_(Line.clinic_id == Usage.clinic_id, Line.id == Usage.line_id))
    .join(Lot, Lot.id == Line.lot_id)
    .join(TreatmentSession, TreatmentSession.id == Line.session_id)
    .outerjoin(_undone, and_(_undone.clinic_id == Line.clinic_id, _undone.reverses_line_id == Line.id))
    .where(_undone.id.is_(None))
)


def _uses(connection: Connection, names: Names) -> dict[tuple[str, str], int]:
    """What each session got by its usages, those of reversed lines left out."""
    rows = connection.execute(_USES)
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (names.names[row.uid], names.names[row.lot])
        found[key] = found.get(key, 0) + row.quantity
    return found


def _compare_by_lot(
    connection: Connection, clinic_id: int, names: Names, model: StockActs, clinic: str
) -> None:
    shown = {
        (names.names[row.lot_uid], names.names[row.location_uid]): (
            row.quantity,
            row.allocated,
            row.is_usable,
            row.expires_on,
            row.beyond_use_at,
        )
        for row in lots_in_stock(connection, clinic_id, now=model.now)
    }
    expected = {
        thing: (
            model.here(*thing),
            model.promised(*thing),
            model.is_usable(*thing),
            model.lots[thing[0]].expires_on,
            model.beyond_use_at(*thing),
        )
        for thing in model.lying(clinic)
    }
    same(shown, expected, f"stock of {clinic} by lot")


def _compare_by_product(
    connection: Connection, clinic_id: int, names: Names, model: StockActs, clinic: str
) -> None:
    shown = {
        row.name: (row.on_hand, row.usable, row.allocated, row.opened, row.lot_count)
        for row in stock_by_product(connection, clinic_id, now=model.now)
    }
    expected = {
        REPORTED_AS.get(product, product): _totals(model, model.lying(clinic, product=product))
        for product in {model.lots[lot].product for lot, _ in model.lying(clinic)}
    }
    same(shown, expected, f"stock of {clinic} by product")


def _totals(model: StockActs, lying: list[tuple[str, str]]) -> tuple[int, int, int, int, int]:
    return (
        sum(model.here(*each) for each in lying),
        sum(model.here(*each) for each in lying if model.is_usable(*each)),
        sum(model.promised(*each) for each in lying),
        sum(model.here(*each) for each in lying if each[1] in model.containers),
        len({lot for lot, _ in lying}),
    )


def _compare_forward(
    connection: Connection, furnished: Furnished, names: Names, model: StockActs, lot: str
) -> None:
    clinics = [clinic.id for clinic in furnished.clinics.values()]
    traced = forward_from_lot(connection, clinics, lot_uid=names.uids[lot])
    reached = model.reached(lot)
    same({names.names[each.lot.uid] for each in traced.lots}, reached, f"what {lot} became")
    uses: dict[tuple[str, str], int] = {}
    for use in traced.uses:
        key = (names.names[use.session_uid], names.names[use.lot.uid])
        uses[key] = uses.get(key, 0) + use.quantity
        assert names.names[use.patient_uid] == model.sessions[key[0]].patient
    expected = {key: quantity for key, quantity in model.uses().items() if key[1] in reached}
    same(uses, expected, f"uses that {lot} reached")
    same(
        {(names.names[each.lot_uid], names.names[each.location_uid]): each.quantity for each in traced.lying},
        {thing: quantity for thing, quantity in model.on_hand.items() if quantity and thing[0] in reached},
        f"where {lot} lies",
    )
    assert traced.is_complete, f"the account of {lot} does not add up"


def _compare_back(
    connection: Connection, furnished: Furnished, names: Names, model: StockActs, session: str
) -> None:
    clinics = [clinic.id for clinic in furnished.clinics.values()]
    traced = back_from_session(connection, clinics, session_uid=names.uids[session])
    used = [lot for visit, lot in model.uses() if visit == session]
    behind = set().union(*(model.reached(lot, backwards=True) for lot in used))
    same({names.names[each.lot.uid] for each in traced.lots}, behind, f"what is behind {session}")
