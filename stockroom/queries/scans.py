"""What of a scan is known here: which product, which lot and where it lies, which label of ours?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from stockroom.barcodes.own_labels import LabelKind
from stockroom.barcodes.scan import Scan
from stockroom.db.compiled_once import Once
from stockroom.db.glance import Glance
from stockroom.models import Container, Device, Location, Patient, Preparation, TreatmentSession
from stockroom.queries.packs import LookedUp, PackHere, PackKnown, pack_here
from stockroom.vocabulary import ContainerState, LocationKind


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


def known_here(connection: Connection | Glance, clinic_id: int, scan: Scan) -> KnownHere:
    """Give what the clinic knows of a reading; one statement for the pack, one for a label.

    A label of ours names what is open or lies here.
    """
    code = scan.item_code or scan.other_code
    here = (
        pack_here(connection, clinic_id, code=code, number=scan.lot_number)
        if code
        else PackHere(pack=None, lot=None)
    )
    return KnownHere(
        pack=here.pack,
        lot=here.lot,
        label=_label(connection, clinic_id, scan) if scan.label is not None else None,
    )


def _label(connection: Connection | Glance, clinic_id: int, scan: Scan) -> LabelKnown | None:
    assert scan.label is not None
    kind, code = scan.label.kind, scan.label.code
    if kind is LabelKind.STAFF_BADGE:
        return None  # whose badge it is, is told at the log-in alone
    found = _LABELS[kind].first(connection, {"clinic": clinic_id, "code": code})
    return None if found is None else LabelKnown(kind=kind.name.lower(), uid=found.uid)


_CLINIC: Any = bindparam("clinic")
_CODE: Any = bindparam("code")
_LABELS = {
    LabelKind.CONTAINER: Once(
        select(Location.uid)
        .join(
            Container,
            and_(Container.clinic_id == Location.clinic_id, Container.location_id == Location.id),
        )
        .where(
            Container.clinic_id == _CLINIC,
            Container.short_code == _CODE,
            Container.state == ContainerState.OPEN,
        )
    ),
    LabelKind.PREPARATION: Once(
        select(Preparation.uid).where(Preparation.clinic_id == _CLINIC, Preparation.short_code == _CODE)
    ),
    LabelKind.LOCATION: Once(
        select(Location.uid).where(
            Location.clinic_id == _CLINIC,
            Location.short_code == _CODE,
            Location.kind != LocationKind.CONTAINER,
        )
    ),
    LabelKind.SESSION: Once(
        select(TreatmentSession.uid).where(
            TreatmentSession.clinic_id == _CLINIC, TreatmentSession.short_code == _CODE
        )
    ),
    LabelKind.PATIENT_CARD: Once(select(Patient.uid).where(Patient.short_code == _CODE)),
    LabelKind.DEVICE: Once(select(Device.uid).where(Device.clinic_id == _CLINIC, Device.short_code == _CODE)),
}
