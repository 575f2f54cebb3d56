"""What of a scan is known here: which product, which lot and where it lies, which label of ours?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from stockroom.barcodes.own_labels import LabelKind
from stockroom.barcodes.scan import Scan
from stockroom.errors import ThingNotFound
from stockroom.models import Container, Location, Patient, Preparation, Product, TradeItem, TreatmentSession
from stockroom.queries.stock import LookedUp, look_up
from stockroom.vocabulary import CodeScheme, ContainerState, LocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PackKnown:
    """The product that a code names, and what one pack of that level holds."""

    trade_item_uid: str
    pack_level: str
    presentation_count: int
    product_uid: str
    product_name: str
    strength: str
    base_unit: str
    pack_quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelKnown:
    """The thing under a label of ours."""

    kind: str
    uid: str


@dataclass(frozen=True, kw_only=True)
class KnownHere:
    """What a clinic knows of a scan; None where it knows nothing."""

    pack: PackKnown | None
    lot: LookedUp | None
    label: LabelKnown | None


def known_here(connection: Connection, clinic_id: int, scan: Scan) -> KnownHere:
    """Give what the clinic knows of a reading; two statements.  A label of ours names what is open or lies here."""
    code = scan.gtin or (scan.raw.strip() if scan.scheme == "unknown" else None)
    pack = _pack(connection, code) if code else None
    return KnownHere(
        pack=pack,
        lot=_lot(connection, clinic_id, code, scan.lot_number) if pack and code and scan.lot_number else None,
        label=_label(connection, clinic_id, scan) if scan.label is not None else None,
    )


def _pack(connection: Connection, code: str) -> PackKnown | None:
    row = connection.execute(
        select(
            TradeItem.uid.label("trade_item_uid"),
            TradeItem.pack_level,
            TradeItem.presentation_count,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.strength,
            Product.base_unit,
            (TradeItem.presentation_count * Product.content_quantity).label("pack_quantity"),
        )
        .join(Product, Product.id == TradeItem.product_id)
        .where(TradeItem.code == code)
        .order_by(TradeItem.scheme != CodeScheme.GTIN, TradeItem.id)
        .limit(1)
    ).first()
    return None if row is None else PackKnown(**row._mapping)


def _lot(connection: Connection, clinic_id: int, code: str, number: str) -> LookedUp | None:
    try:
        return look_up(connection, clinic_id, code=code, number=number)
    except ThingNotFound:
        return None


def _label(connection: Connection, clinic_id: int, scan: Scan) -> LabelKnown | None:
    assert scan.label is not None
    kind, code = scan.label.kind, scan.label.code
    uid = connection.execute(_LABELS[kind](clinic_id, code)).scalars().first()
    return None if uid is None else LabelKnown(kind=kind.name.lower(), uid=uid)


def _container(clinic_id: int, code: str) -> Any:
    same = (Container.clinic_id == Location.clinic_id) & (Container.location_id == Location.id)
    return (
        select(Location.uid)
        .join(Container, same)
        .where(
            Container.clinic_id == clinic_id,
            Container.short_code == code,
            Container.state == ContainerState.OPEN,
        )
    )


def _preparation(clinic_id: int, code: str) -> Any:
    return select(Preparation.uid).where(Preparation.clinic_id == clinic_id, Preparation.short_code == code)


def _location(clinic_id: int, code: str) -> Any:
    return select(Location.uid).where(
        Location.clinic_id == clinic_id, Location.short_code == code, Location.kind != LocationKind.CONTAINER
    )


def _session(clinic_id: int, code: str) -> Any:
    return select(TreatmentSession.uid).where(
        TreatmentSession.clinic_id == clinic_id, TreatmentSession.short_code == code
    )


def _patient(_clinic_id: int, code: str) -> Any:
    return select(Patient.uid).where(Patient.short_code == code)


_LABELS: dict[LabelKind, Any] = {
    LabelKind.CONTAINER: _container,
    LabelKind.PREPARATION: _preparation,
    LabelKind.LOCATION: _location,
    LabelKind.SESSION: _session,
    LabelKind.PATIENT_CARD: _patient,
}
