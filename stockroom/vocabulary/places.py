"""What an account of the ledger stands for."""

from __future__ import annotations

from enum import StrEnum


class LocationKind(StrEnum):
    """What an account of the ledger stands for."""

    FRIDGE = "fridge"
    FREEZER = "freezer"
    CUPBOARD = "cupboard"
    ROOM = "room"
    CONTAINER = "container"
    QUARANTINE = "quarantine"
    RETURNS = "returns"
    SUPPLIER = "supplier"
    PATIENT = "patient"
    DISPOSAL = "disposal"
    COMPOUNDING = "compounding"
    IN_TRANSIT = "in_transit"
    ADJUSTMENT = "adjustment"


VIRTUAL_KINDS = frozenset(
    {
        LocationKind.SUPPLIER,
        LocationKind.PATIENT,
        LocationKind.DISPOSAL,
        LocationKind.COMPOUNDING,
        LocationKind.IN_TRANSIT,
        LocationKind.ADJUSTMENT,
    }
)
"""Kinds of location of which a clinic has exactly one, and which hold no balance."""


PHYSICAL_KINDS = frozenset(LocationKind) - VIRTUAL_KINDS


UNUSABLE_KINDS = frozenset({LocationKind.QUARANTINE, LocationKind.RETURNS})
"""Physical kinds in which nothing is usable."""


SHELF_KINDS = PHYSICAL_KINDS - {LocationKind.CONTAINER}
"""Physical kinds in which only whole presentations lie (L13)."""
