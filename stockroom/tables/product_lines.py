"""What does each line of a table of products say?  One product, at most one supplier and one clinic's levels a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from stockroom.barcodes.gtin import normalise_gtin
from stockroom.barcodes.hibc import normalise_primary
from stockroom.barcodes.ppn import normalise_ppn
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.rules.product_facts import GAUGE_LEAST, GAUGE_MOST, LENGTH_MOST_UM, PINS_MOST
from stockroom.tables import faults
from stockroom.tables.cells import NamedRow
from stockroom.tables.faults import Fault
from stockroom.tables.reader import Reader
from stockroom.vocabulary import (
    BaseUnit,
    Carry,
    CodeScheme,
    ContainerType,
    RegulatoryClass,
    StorageClass,
)

COUNT_MAX = 1_000_000
HOURS_MAX = 24 * 365 * 3
DAYS_MAX = 3_650
_COUNTRY = re.compile(r"[A-Z]{2}")
_WRITTEN: dict[CodeScheme, Callable[[str], str]] = {
    CodeScheme.GTIN: normalise_gtin,
    CodeScheme.HIBC: normalise_primary,
    CodeScheme.PPN: normalise_ppn,
    CodeScheme.OWN: str.strip,
}
Words = TypeVar("Words", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class SaidIngredient:
    """An ingredient as the table names it."""

    name: str
    amount: str = ""
    is_excipient: bool = False


@dataclass(frozen=True, kw_only=True)
class SaidFacts:
    """What a table says of a product itself; None or empty where it says nothing."""

    graduation_quantity: int | None = None
    group: str = ""
    container_type: ContainerType | None = None
    storage_class: StorageClass | None = None
    regulatory_class: RegulatoryClass | None = None
    authorised_in: tuple[str, ...] = ()
    in_use_minutes_room: int | None = None
    in_use_minutes_refrigerated: int | None = None
    in_use_source: str = ""
    ingredients: tuple[SaidIngredient, ...] | None = None
    lot_carry: Carry | None = None
    expiry_carry: Carry | None = None
    serial_carry: Carry | None = None
    punctures_max: int | None = None
    overfill_max_quantity: int | None = None
    residual_max_quantity: int | None = None
    is_single_use: bool | None = None
    needle_gauge: int | None = None
    needle_length_um: int | None = None
    pin_count: int | None = None
    waste_stream: str = ""
    is_confirmed: bool = False


@dataclass(frozen=True, kw_only=True)
class SaidCode:
    """A code at one pack level, and the column that says it."""

    column: str
    scheme: CodeScheme
    item_code: str
    pack_level: str
    presentation_count: int


@dataclass(frozen=True, kw_only=True)
class SaidItem:
    """How a supplier sells the product; None where the table says nothing."""

    supplier: str
    item_code: str
    pack_count: int
    lead_time_days: int | None = None
    is_preferred: bool | None = None
    last_price_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class SaidLevel:
    """Minimum and target in a clinic; an empty name means the clinic in which it is imported."""

    clinic: str
    minimum_count: int
    target_count: int


@dataclass(frozen=True, kw_only=True)
class ProductLine:
    """One good line of a table of products."""

    line: int
    manufacturer: str
    name: str
    strength: str
    presentation: str
    base_unit: BaseUnit
    content_quantity: int
    facts: SaidFacts
    codes: tuple[SaidCode, ...] = ()
    item: SaidItem | None = None
    level: SaidLevel | None = None


def product_line(row: NamedRow) -> ProductLine | tuple[Fault, ...]:
    """Give what a line says, or everything that is wrong with it."""
    reader = Reader(row)
    manufacturer = reader.text("manufacturer", needed=True)
    name = reader.text("name", needed=True)
    strength = reader.text("strength")
    presentation = reader.text("presentation", needed=True)
    content = reader.quantity("content", needed=True)
    facts = _facts(reader, content[1] if content else None)
    codes, item, level = _codes(reader), _item(reader), _level(reader)
    if content is None or not reader.is_good:
        return tuple(reader.faults)
    return ProductLine(
        line=reader.line,
        manufacturer=manufacturer,
        name=name,
        strength=strength,
        presentation=presentation,
        base_unit=content[1],
        content_quantity=content[0],
        facts=facts,
        codes=codes,
        item=item,
        level=level,
    )


def _facts(reader: Reader, base_unit: BaseUnit | None) -> SaidFacts:
    graduation = reader.quantity("graduation", base_unit=base_unit)
    room = reader.count("in use hours room", least=1, most=HOURS_MAX)
    cold = reader.count("in use hours refrigerated", least=1, most=HOURS_MAX)
    return SaidFacts(
        graduation_quantity=graduation[0] if graduation else None,
        group=reader.text("group"),
        container_type=reader.word("container type", _words(ContainerType)),
        storage_class=reader.word("storage", _words(StorageClass)),
        regulatory_class=reader.word("regulatory class", _words(RegulatoryClass)),
        authorised_in=_countries(reader),
        in_use_minutes_room=None if room is None else room * 60,
        in_use_minutes_refrigerated=None if cold is None else cold * 60,
        in_use_source=reader.text("in use source"),
        ingredients=_contents(reader),
        punctures_max=reader.count("drawn from at most", least=1, most=COUNT_MAX),
        overfill_max_quantity=_tolerance(reader, "overfill", base_unit),
        residual_max_quantity=_tolerance(reader, "stays behind", base_unit),
        is_single_use=reader.flag("single use"),
        needle_gauge=reader.count("needle gauge", least=GAUGE_LEAST, most=GAUGE_MOST),
        needle_length_um=_length_um(reader),
        pin_count=reader.count("pins", least=1, most=PINS_MOST),
        waste_stream=reader.text("waste stream"),
        lot_carry=reader.word("lot", _words(Carry)),
        expiry_carry=reader.word("expiry", _words(Carry)),
        serial_carry=reader.word("serial", _words(Carry)),
        is_confirmed=reader.flag("confirmed") or False,
    )


def _words(vocabulary: type[Words]) -> Mapping[str, Words]:
    return {word.value: word for word in vocabulary}


def _countries(reader: Reader) -> tuple[str, ...]:
    said = tuple(reader.text("authorised in").upper().replace(",", " ").replace(";", " ").split())
    if said == ("*",) or all(_COUNTRY.fullmatch(each) for each in said):
        return tuple(dict.fromkeys(said))
    reader.refuse("authorised in", faults.NOT_A_WORD, text=" ".join(said), words="BG, RO, …, *")
    return ()


def _contents(reader: Reader) -> tuple[SaidIngredient, ...] | None:
    """Ingredients and excipients together; an ingredient that is said to be both is no mere excipient."""
    active = _ingredients(reader, "ingredients")
    excipients = _ingredients(reader, "excipients")
    if excipients is not None and active is None:
        reader.refuse("ingredients", faults.NEEDS_TOO, other="excipients")
        return None
    if active is None:
        return None
    named = {each.name.casefold() for each in active}
    others = (each for each in excipients or () if each.name.casefold() not in named)
    return (*active, *(replace(each, is_excipient=True) for each in others))


def _ingredients(reader: Reader, column: str) -> tuple[SaidIngredient, ...] | None:
    said = reader.text(column, longest=2_000)
    if not said:
        return None
    if said.casefold() == "none":
        return ()
    found = []
    for part in said.split(";"):
        name, _, amount = part.partition("=")
        if name.strip():
            found.append(SaidIngredient(name=name.strip(), amount=amount.strip()))
    return tuple(found)


def _tolerance(reader: Reader, column: str, base_unit: BaseUnit | None) -> int | None:
    said = reader.quantity(column, base_unit=base_unit)
    return None if said is None else said[0]


def _length_um(reader: Reader) -> int | None:
    """Millimetres, with a comma or a point, in micrometres."""
    text = reader.text("needle length mm").removesuffix("mm").strip().replace(",", ".")
    if not text:
        return None
    whole, _, rest = text.partition(".")
    digits = whole + rest
    if digits.isascii() and digits.isdecimal() and whole and len(rest) <= 3 and len(whole) <= 3:
        length = int(whole) * 1_000 + int(rest.ljust(3, "0"))
        if 0 < length <= LENGTH_MOST_UM:
            return length
    reader.refuse("needle length mm", faults.NOT_A_COUNT, text=text, least=1, most=LENGTH_MOST_UM // 1_000)
    return None


def _codes(reader: Reader) -> tuple[SaidCode, ...]:
    levels = (("gtin", "each", None), ("box gtin", "box", "box holds"), ("case gtin", "case", "case holds"))
    found = [_gtin(reader, column, level, holds) for column, level, holds in levels]
    found.append(_other_code(reader))
    return tuple(code for code in found if code is not None)


def _gtin(reader: Reader, column: str, level: str, holds: str | None) -> SaidCode | None:
    code = reader.code(column)
    count = 1 if holds is None else reader.count(holds, least=1, most=COUNT_MAX)
    if holds is not None and bool(code) != reader.says(holds):
        reader.refuse(holds if code else column, faults.NEEDS_TOO, other=column if code else holds)
        return None
    if not code or count is None:
        return None
    return _written(reader, CodeScheme.GTIN, code, column=column, pack_level=level, count=count)


def _written(
    reader: Reader, scheme: CodeScheme, code: str, *, column: str, pack_level: str, count: int
) -> SaidCode | None:
    """The code in the one form in which it is kept."""
    try:
        written = _WRITTEN[scheme](code)
    except ScanUnreadable as error:
        reader.refuse_as(column, error)
        return None
    return SaidCode(
        column=column, scheme=scheme, item_code=written, pack_level=pack_level, presentation_count=count
    )


def _other_code(reader: Reader) -> SaidCode | None:
    code = reader.code("other code")
    scheme = reader.word(
        "other scheme", {each.value: each for each in CodeScheme if each is not CodeScheme.GTIN}
    )
    if not code:
        return None
    if scheme is None:
        if not reader.says("other scheme"):
            reader.refuse("other scheme", faults.NEEDS_TOO, other="other code")
        return None
    return _written(reader, scheme, code, column="other code", pack_level="each", count=1)


_OF_SUPPLIER = ("item code", "supplier pack", "lead time days", "price", "preferred")


def _item(reader: Reader) -> SaidItem | None:
    supplier = reader.text("supplier")
    item_code = reader.code("item code", needed=bool(supplier))
    pack = reader.count("supplier pack", least=1, most=COUNT_MAX, needed=bool(supplier))
    lead = reader.count("lead time days", least=0, most=DAYS_MAX)
    price = reader.price("price", "currency")
    preferred = reader.flag("preferred")
    if not supplier:
        for column in _OF_SUPPLIER:
            if reader.says(column):
                reader.refuse("supplier", faults.NEEDS_TOO, other=column)
                break
        return None
    if pack is None:
        return None
    return SaidItem(
        supplier=supplier,
        item_code=item_code,
        pack_count=pack,
        lead_time_days=lead,
        is_preferred=preferred,
        last_price_minor=price[0] if price else None,
        currency=price[1] if price else None,
    )


def _level(reader: Reader) -> SaidLevel | None:
    clinic = reader.text("clinic")
    minimum = reader.count("minimum", least=0, most=COUNT_MAX)
    target = reader.count("target", least=0, most=COUNT_MAX)
    if not any(map(reader.says, ("minimum", "target"))):
        if clinic:
            reader.refuse("minimum", faults.NEEDS_TOO, other="clinic")
        return None
    for column, other in (("minimum", "target"), ("target", "minimum")):
        if not reader.says(column):
            reader.refuse(column, faults.NEEDS_TOO, other=other)
    if minimum is None or target is None:
        return None
    if minimum > target:
        reader.refuse("target", faults.NOT_A_COUNT, text=target, least=minimum, most=COUNT_MAX)
        return None
    return SaidLevel(clinic=clinic, minimum_count=minimum, target_count=target)
