"""What a product is and must carry."""

from __future__ import annotations

from enum import StrEnum


class BaseUnit(StrEnum):
    """The smallest useful unit of a product, fixed once stock exists."""

    MICROLITRE = "uL"
    MICROGRAM = "ug"
    MILLI_INTERNATIONAL_UNIT = "mIU"
    PIECE = "piece"


class ProductKind(StrEnum):
    MANUFACTURED = "manufactured"
    PREPARED = "prepared"
    AD_HOC = "ad_hoc"
    """The one reserved product under which mixtures without a recipe are made."""


class ContainerType(StrEnum):
    """How a presentation may be drawn from once it is opened (domain facts C1, C2, C6)."""

    SINGLE_DOSE = "single_dose"
    MULTI_DOSE = "multi_dose"
    PHARMACY_BULK = "pharmacy_bulk"
    MULTI_USE_TOPICAL = "multi_use_topical"
    COUNTED_USE = "counted_use"
    NONE = "none"


class StorageClass(StrEnum):
    ROOM = "room"
    REFRIGERATED = "refrigerated"
    FROZEN = "frozen"


class RegulatoryClass(StrEnum):
    MEDICINE = "medicine"
    DEVICE = "device"
    ANNEX_XVI_DEVICE = "annex_xvi_device"
    COSMETIC = "cosmetic"
    COMPOUNDED = "compounded"
    CONSUMABLE = "consumable"


PRESCRIBED_CLASSES = frozenset({RegulatoryClass.MEDICINE, RegulatoryClass.COMPOUNDED})
"""Regulatory classes whose use names a prescriber."""


class Carry(StrEnum):
    """Whether goods of a product must carry a lot number, an expiry or a serial."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


class CodeScheme(StrEnum):
    GTIN = "gtin"
    HIBC = "hibc"
    PPN = "ppn"
    OWN = "own"
