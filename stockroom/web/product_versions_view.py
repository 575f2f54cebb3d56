"""What does each version of a product's rule say, side by side, and where do they differ?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from stockroom.queries.product_versions import RuleVersion
from stockroom.vocabulary import BaseUnit
from stockroom.web.formats import show_amount, show_word
from stockroom.web.product_rule_form import LIQUID, show_mm
from stockroom.web.spans import show_span


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one version says of one fact."""

    text: str
    is_new: bool
    """It differs from the version before."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line of the table: a fact, and what each version says of it, the newest first."""

    name: str
    said: tuple[Said, ...]


def facts_of(versions: Sequence[RuleVersion], base_unit: BaseUnit) -> tuple[Fact, ...]:
    """Give the facts on which somebody said something, one line each; `versions` come newest first."""
    table = []
    for name, tell in _FACTS:
        texts = [tell(each, base_unit) for each in versions]
        if not any(texts):
            continue
        older = [*texts[1:], texts[-1]]
        said = tuple(
            Said(text=text, is_new=text != before) for text, before in zip(texts, older, strict=True)
        )
        table.append(Fact(name=name(), said=said))
    return tuple(table)


def ingredients_said(version: RuleVersion) -> str:
    """What the product holds by a version, excipients named as such."""
    return ", ".join(
        " ".join(filter(None, (each.name, each.amount, gettext("(excipient)") if each.is_excipient else "")))
        for each in version.ingredients
    )


def needle_said(version_rule: object) -> str:
    """A needle as people say it: 30G 4 mm; nothing where nothing is known."""
    gauge = getattr(version_rule, "needle_gauge", None)
    length = getattr(version_rule, "needle_length_um", None)
    parts = (f"{gauge}G" if gauge else "", f"{show_mm(length)} mm" if length else "")
    return " ".join(filter(None, parts))


def mixing_said(version_rule: object) -> str:
    """How a powder becomes a liquid, in one sentence; nothing where it does not."""
    mixed = getattr(version_rule, "reconstitution", None)
    if mixed is None:
        return ""
    return gettext(
        "with %(amount)s of %(diluent)s to %(output)s, which keeps %(life)s",
        amount=show_amount(mixed.diluent_quantity, LIQUID),
        diluent=mixed.diluent,
        output=show_amount(mixed.output_quantity, LIQUID),
        life=show_span(mixed.minutes),
    )


def apart_said(version_rule: object) -> str:
    """With what it is not mixed."""
    rows: Iterable[object] = getattr(version_rule, "incompatibilities", ())
    return ", ".join(str(getattr(each, "name", "")) for each in rows)


def _word(name: str) -> Callable[[RuleVersion, BaseUnit], str]:
    return lambda version, _unit: show_word(value) if (value := getattr(version.rule, name)) else ""


def _life(name: str) -> Callable[[RuleVersion, BaseUnit], str]:
    return lambda version, _unit: show_span(getattr(version.rule, name))


def _number(name: str) -> Callable[[RuleVersion, BaseUnit], str]:
    return lambda version, _unit: str(getattr(version.rule, name) or "")


def _amount(name: str) -> Callable[[RuleVersion, BaseUnit], str]:
    return lambda version, unit: show_amount(value, unit) if (value := getattr(version.rule, name)) else ""


def _countries(version: RuleVersion, _unit: BaseUnit) -> str:
    said = version.rule.authorised_in
    return gettext("everywhere") if said == ("*",) else ", ".join(said)


_FACTS: tuple[tuple[Callable[[], str], Callable[[RuleVersion, BaseUnit], str]], ...] = (
    (lambda: gettext("Drawn from"), _word("container_type")),
    (lambda: gettext("Kept"), _word("storage_class")),
    (lambda: gettext("By law"), _word("regulatory_class")),
    (lambda: gettext("Authorised in"), _countries),
    (lambda: gettext("After opening, in the room"), _life("in_use_minutes_room")),
    (lambda: gettext("After opening, in the fridge"), _life("in_use_minutes_refrigerated")),
    (lambda: gettext("Where that is written"), _number("in_use_source")),
    (lambda: gettext("Drawn from at most"), _number("punctures_max")),
    (lambda: gettext("Overfill at most"), _amount("overfill_max_quantity")),
    (lambda: gettext("Usually stays behind"), _amount("residual_max_quantity")),
    (
        lambda: gettext("Serves once"),
        lambda version, _unit: gettext("yes") if version.rule.is_single_use else "",
    ),
    (lambda: gettext("Needle"), lambda version, _unit: needle_said(version.rule)),
    (lambda: gettext("Needles in a head"), _number("pin_count")),
    (lambda: gettext("Thrown away as"), _number("waste_stream")),
    (lambda: gettext("Dissolved"), lambda version, _unit: mixing_said(version.rule)),
    (lambda: gettext("Not mixed with"), lambda version, _unit: apart_said(version.rule)),
    (lambda: gettext("Holds"), lambda version, _unit: ingredients_said(version)),
    (lambda: gettext("Lot number on the pack"), _word("lot_carry")),
    (lambda: gettext("Expiry on the pack"), _word("expiry_carry")),
    (lambda: gettext("Serial on the pack"), _word("serial_carry")),
)
"""What is compared, in the order in which people read it."""
