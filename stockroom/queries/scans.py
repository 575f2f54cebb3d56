"""What of a scan is known here: which product, which lot and where it lies, which label of ours?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from stockroom.barcodes.own_labels import LabelKind
from stockroom.barcodes.scan import Scan
from stockroom.models import Container, Location, Patient, Preparation, TreatmentSession
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


def known_here(connection: Connection, clinic_id: int, scan: Scan) -> KnownHere:
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


def _label(connection: Connection, clinic_id: int, scan: Scan) -> LabelKnown | None:
    assert scan.label is not None
    kind, code = scan.label.kind, scan.label.code
    if kind is LabelKind.STAFF_BADGE:
        return None  # whose badge it is, is told at the log-in alone
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
