"""Can this be true of a product?  What its facts say of each other."""

from __future__ import annotations

from collections.abc import Sized
from typing import Protocol

from stockroom.errors import InvalidValue
from stockroom.vocabulary import BaseUnit, ContainerType

GAUGE_LEAST, GAUGE_MOST = 10, 40
"""Needles are made from 10G, which is 3.4 mm thick, to 34G and a little finer (ISO 9626)."""
LENGTH_MOST_UM = 200_000
PINS_MOST = 1_000
_SEVERAL_USES = frozenset(
    {
        ContainerType.MULTI_DOSE,
        ContainerType.PHARMACY_BULK,
        ContainerType.MULTI_USE_TOPICAL,
        ContainerType.COUNTED_USE,
    }
)
_POWDERS = frozenset({BaseUnit.MICROGRAM, BaseUnit.MILLI_INTERNATIONAL_UNIT})


class Reconstituting(Protocol):
    """How a powder becomes a liquid."""

    @property
    def diluent_quantity(self) -> int: ...
    @property
    def output_quantity(self) -> int: ...
    @property
    def minutes(self) -> int: ...


class Facts(Protocol):
    """What is said of a product."""

    @property
    def container_type(self) -> ContainerType | None: ...
    @property
    def is_single_use(self) -> bool: ...
    @property
    def needle_gauge(self) -> int | None: ...
    @property
    def needle_length_um(self) -> int | None: ...
    @property
    def pin_count(self) -> int | None: ...
    @property
    def reconstitution(self) -> Reconstituting | None: ...
    @property
    def incompatibilities(self) -> Sized: ...


def check_facts(facts: Facts, *, base_unit: BaseUnit) -> None:
    """Refuse what no product can be.  Raises InvalidValue, naming the field."""
    if facts.is_single_use and facts.container_type in _SEVERAL_USES:
        raise InvalidValue(field="is_single_use", problem="what serves once is not kept for several uses")
    _within("needle_gauge", facts.needle_gauge, GAUGE_LEAST, GAUGE_MOST)
    _within("needle_length_um", facts.needle_length_um, 1, LENGTH_MOST_UM)
    _within("pin_count", facts.pin_count, 1, PINS_MOST)
    if facts.container_type is ContainerType.COUNTED_USE and base_unit is not BaseUnit.PIECE:
        raise InvalidValue(
            field="container_type", problem="uses are counted in pieces: a head of 50 uses holds 50 pieces"
        )
    if facts.reconstitution is not None:
        _check_reconstitution(facts.reconstitution, base_unit)


def _check_reconstitution(said: Reconstituting, base_unit: BaseUnit) -> None:
    if base_unit not in _POWDERS:
        raise InvalidValue(
            field="reconstitution", problem="only what is counted in mg or IU is a powder to be dissolved"
        )
    for name in ("diluent_quantity", "output_quantity", "minutes"):
        if getattr(said, name) <= 0:
            raise InvalidValue(field=f"reconstitution.{name}", problem="more than zero")


def _within(field: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise InvalidValue(field=field, problem=f"a whole number from {least} to {most}")
