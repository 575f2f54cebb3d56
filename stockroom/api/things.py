"""How do requests point at things, say how much, and take a rule upon themselves?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from stockroom.access.acting import acting, installation, present
from stockroom.access.countersigning import SignerMissing, actor_of_signer, signer
from stockroom.access.passwords import LENGTH_MAX
from stockroom.access.signing_on import Shown
from stockroom.actor import Actor
from stockroom.api.scan_text import ScanText
from stockroom.clock import civil_date
from stockroom.http.fields import AskedQuantity, Choice, Quantity, Uid, Words
from stockroom.reads import counted_units
from stockroom.rules.overriding import Override
from stockroom.rules.permissions import may
from stockroom.rules.using import ThingName
from stockroom.units import base_unit_of, parse_quantity
from stockroom.vocabulary import Action, BaseUnit, Rule, SignOnWay, Unauthorised

GOODS_MAX = 500
_WAYS = ({"badge"}, {"person_uid", "pin"}, {"email", "password"})


class ThingFields(Schema):
    """One thing, pointed at in one way: a scan, a lot, an opened container, or a product of which we pick."""

    scan = ScanText(load_default=None, metadata={"description": "the text exactly as it was scanned"})
    lot_uid = Uid(load_default=None)
    location_uid = Uid(
        load_default=None,
        metadata={"description": "an opened container; beside a lot or scan, where it lies"},
    )
    product_uid = Uid(load_default=None, metadata={"description": "alone: the first to expire is picked"})

    @post_load
    def _name(self, said: dict[str, Any], **_: Any) -> ThingName:
        return ThingName(**said)


def _secret(about: str, most: int = LENGTH_MAX) -> fields.String:
    """A secret that may be left out; a default that is computed stands in no description."""
    return fields.String(
        load_default=str,
        load_only=True,
        validate=validate.Length(min=1, max=most),
        metadata={"description": about},
    )


class SecondPersonFields(Schema):
    """A colleague, who proves who it is by badge, by password, or at a registered tablet by PIN; in one way.

    Nobody is logged in by it.
    """

    badge = _secret("the code on the badge, as it is scanned")
    person_uid = Uid(load_default=str, metadata={"description": "whose PIN it is"})
    pin = _secret("counts only at a registered tablet", 20)
    email = _secret("of the colleague's log-in")
    password = _secret("of the colleague's log-in")

    @validates_schema
    def _one_way(self, said: dict[str, Any], **_: Any) -> None:
        given = {name for name, value in said.items() if value}
        if given not in _WAYS:
            raise ValidationError("Give the badge, or person_uid and pin, or email and password.")

    @post_load
    def _shown(self, said: dict[str, Any], **_: Any) -> Shown:
        return Shown(**said)


class AnswerFields(Schema):
    """Why somebody does what he or she is not authorised to, where the clinic asks about that."""

    rules = fields.List(
        Choice(Unauthorised),
        required=True,
        validate=validate.Length(min=1, max=len(Unauthorised)),
        metadata={"description": "the words of the refusal that asked"},
    )
    reason = Words(required=True, most=2000, lines=True)


class OverrideFields(Schema):
    """The rules that somebody takes upon himself or herself, why, and who agrees."""

    rules = fields.List(
        fields.String(validate=validate.OneOf([*Rule, *Unauthorised])),
        required=True,
        validate=validate.Length(min=1, max=len(Rule) + len(Unauthorised)),
    )
    reason = Words(required=True, most=2000, lines=True)
    second_person = fields.Nested(
        SecondPersonFields,
        load_default=None,
        metadata={"description": "where the clinic's settings ask for one; counted like a log-in"},
    )


def answer() -> fields.Nested:
    """The field of a request that says why it is done although whoever does it is not authorised to it."""
    return fields.Nested(AnswerFields, load_default=None, allow_none=True)


def overfill_reason() -> Words:
    """The field of a request that says why a vial gave more than its label and its usual overfill."""
    return Words(
        most=2000,
        lines=True,
        load_default="",
        metadata={"description": "why more came out of a vial than its label and its usual overfill explain"},
    )


def override_of(said: dict[str, Any] | None) -> Override | None:
    """Give the override of a body, once the second person has proved who it is.

    Raises what `countersigning.signer` raises.
    """
    if said is None:
        return None
    seen = set(said["rules"])
    return Override(
        rules=frozenset(each for each in Rule if each in seen),
        outside=frozenset(each for each in Unauthorised if each in seen),
        reason=said["reason"],
        **second_person_of(said.get("second_person")),
    )


def second_person_of(shown: Shown | None) -> dict[str, Any]:
    """Give the second person of a body, and how that was proved, as the parts of a command; nothing for nobody.

    Raises what `countersigning.signer` raises.
    """
    found = None if shown is None else signer(shown)
    return {} if found is None else {"second_person_uid": found.person_uid, "second_person_way": found.way}


def signed_by(shown: Shown | None, action: Action) -> tuple[Actor, SignOnWay]:
    """Give who signs a request, and how that was proved: who shows something, else whoever sent it.

    Raises what `countersigning.signer` raises, NotAtThisBench, and SignerMissing where the sender may not.
    """
    found = None if shown is None else signer(shown)
    if found is None and not may(acting().roles, action):
        raise SignerMissing()
    return (acting(), SignOnWay.PASSWORD) if found is None else (actor_of_signer(found), found.way)


class GoodsLineFields(Schema):
    """Some of a lot, from where it lies."""

    lot_uid = Uid(required=True)
    from_uid = Uid(required=True)
    quantity = Quantity(required=True)


def goods_lines() -> fields.List:
    """Give the field that holds lines of lots which leave their place."""
    return fields.List(
        fields.Nested(GoodsLineFields), required=True, validate=validate.Length(min=1, max=GOODS_MAX)
    )


def lots_in_base_units(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give lines of lots with their quantities in base units.  Raises what `in_base_units` raises."""
    told = list(lines)
    units = units_of_lots(line["lot_uid"] for line in told)
    return [
        {**line, "quantity": in_base_units(line["quantity"], units.get(line["lot_uid"]))} for line in told
    ]


def in_base_units(asked: AskedQuantity, base_unit: BaseUnit | None, *, may_be_zero: bool = False) -> int:
    """Give a quantity in base units; None for a thing that is not known here, which the act itself refuses.

    Raises UnitUnknown, UnitMismatch, QuantityUnreadable, QuantityTooFine, QuantityOutOfRange.
    """
    counted_in = base_unit_of(asked.unit) if base_unit is None else base_unit
    return parse_quantity(asked.quantity, asked.unit, base_unit=counted_in, may_be_zero=may_be_zero)


def units_of_things(things: Sequence[ThingName]) -> tuple[BaseUnit | None, ...]:
    """Give the base unit of each thing that a request points at."""
    today = civil_date(present(), "UTC")
    with installation().glancing() as glance:
        return counted_units.of_things(glance, acting().clinic_id, things, today=today)


def units_of_lots(uids: Iterable[str]) -> dict[str, BaseUnit]:
    """Give the base units of lots of this clinic, by uid."""
    with installation().glancing() as glance:
        return counted_units.of_lots(glance, acting().clinic_id, uids)


def with_units(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Give the rows of an answer, each of a lot, with the base unit in which it is to be shown."""
    told = [asdict(row) for row in rows]
    units = units_of_lots(row["lot_uid"] for row in told)
    return [{**row, "base_unit": units[row["lot_uid"]]} for row in told]


def with_unit(row: Any) -> dict[str, Any]:
    """Give one answer about a lot with the base unit in which it is to be shown."""
    return with_units([row])[0]
