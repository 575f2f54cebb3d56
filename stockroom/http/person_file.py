"""How is everything that is held of one person handed out for a program to read?  One JSON document."""

from __future__ import annotations

from typing import Any

from stockroom.queries.courses import CourseRow
from stockroom.queries.devices import DeviceUse
from stockroom.queries.disclosures import DisclosureRow
from stockroom.queries.goods_named import GoodsNamed
from stockroom.queries.person_data import ClinicHeld, PersonData, SessionHeld
from stockroom.queries.products_used import ProductUse
from stockroom.queries.reactions import ReactionKnown
from stockroom.queries.recalls_of_person import RecallOfPerson
from stockroom.reads.patients import PatientIdentity
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit


def person_document(person: PersonData) -> dict[str, Any]:
    """Give the document: plain values, quantities as text with their unit, instants with offset, public ids."""
    shown = person.shown
    return {
        "record": _identity(shown.identity),
        "other_records": [_identity(each) for each in person.merged],
        "asked_at": _at(shown.allergies_asked_at),
        "allergies": [
            {"ingredient": each.name, "slug": each.slug, "recorded_at": _at(each.recorded_at)}
            for each in shown.allergies
        ],
        "allergies_to_classes": [
            {"ingredient_class": each.ingredient_class, "recorded_at": _at(each.recorded_at)}
            for each in shown.classes
        ],
        "flags": [
            {
                "flag": each.flag,
                "name": each.name,
                "from_on": each.from_on.isoformat(),
                "until_on": None if each.until_on is None else each.until_on.isoformat(),
                "recorded_at": _at(each.recorded_at),
            }
            for each in shown.flags
        ],
        "clinics": [_clinic(each) for each in person.clinics],
        "recalls": [_recall(each) for each in person.recalls],
        "changes": [{"at": _at(each.at), "by": each.by, "what": each.what} for each in person.changes],
        "disclosures": [_disclosure(each) for each in person.disclosures],
    }


def _identity(who: PatientIdentity) -> dict[str, Any]:
    return {
        "uid": who.uid,
        "card_code": who.short_code,
        "name": who.name,
        "born_on": None if who.born_on is None else who.born_on.isoformat(),
        "contact": who.contact,
        "reference": who.reference,
    }


def _clinic(held: ClinicHeld) -> dict[str, Any]:
    return {
        "name": held.name,
        "time_zone": held.time_zone,
        "courses": [_course(each) for each in held.courses],
        "sessions": [_session(each) for each in held.sessions],
        "products_used": [
            {"session": session.uid, **_use(use)} for session in held.used.sessions for use in session.uses
        ],
        "devices": [
            {"session": session.uid, **_device(use)}
            for session in held.used.sessions
            for use in session.devices
        ],
        "reactions": [_reaction(each) for each in held.reactions],
    }


def _device(use: DeviceUse) -> dict[str, Any]:
    return {
        "at": _at(use.occurred_at),
        "device": use.name,
        "manufacturer": use.manufacturer,
        "udi_di": use.udi_di,
        "serial": use.serial,
        "by": use.by,
        "taken_back_at": _at(use.taken_back_at),
    }


def _recall(held: RecallOfPerson) -> dict[str, Any]:
    return {
        "number": held.number,
        "title": held.title,
        "exercise": held.is_mock,
        "listed_at": _at(held.listed_at),
        "attempts": [
            {
                "at": _at(each.tried_at),
                "by": each.tried_by,
                "clinic": each.clinic_name,
                "channel": each.channel,
                "outcome": each.outcome,
                "note": each.note,
                "next_step": each.next_step,
                "next_on": None if each.next_on is None else each.next_on.isoformat(),
                "withdrawn": each.is_withdrawn,
                "recorded_at": _at(each.recorded_at),
            }
            for each in held.attempts
        ],
    }


def _course(held: CourseRow) -> dict[str, Any]:
    return {
        "uid": held.uid,
        "name": held.name,
        "state": held.state,
        "protocol_version": held.protocol_number,
        "sessions": held.session_count,
        "sessions_done": held.done_count,
        "next_at": _at(held.next_at),
        "ended_at": _at(held.ended_at),
        "external_reference": held.external_reference,
    }


def _session(held: SessionHeld) -> dict[str, Any]:
    return {
        "uid": held.uid,
        "code": held.short_code,
        "state": held.state,
        "planned_at": _at(held.planned_at),
        "finished_at": _at(held.finished_at),
        "room": held.room,
        "practitioner": held.practitioner,
        "external_reference": held.external_reference,
        "before_session": [
            {"instruction": each.instruction, "done": each.is_done, "at": _at(each.at), "by": each.by}
            for each in held.ticks
        ],
        "answered": [
            {"asked": each.word, "reason": each.reason, "by": each.answered_by, "at": _at(each.answered_at)}
            for each in held.answers
        ],
    }


def _use(use: ProductUse) -> dict[str, Any]:
    goods = use.goods
    return {
        "at": _at(use.occurred_at),
        **_goods(goods, use.serial),
        "quantity": _quantity(use.quantity, goods.base_unit),
        "areas": [
            {"area": each.name, "quantity": _quantity(each.quantity, each.base_unit)} for each in use.areas
        ],
        "technique": use.technique,
        "depth_um": use.depth_um,
        "indication": use.indication,
        "practitioner": use.practitioner,
        "prescriber": use.prescriber,
        "booked_by": use.booked_by,
        "reason": use.reason,
        "taken_back": None
        if use.taken_back is None
        else {
            "at": _at(use.taken_back.at),
            "by": use.taken_back.by,
            "reason": use.taken_back.reason,
        },
        "cocktail_of": []
        if use.cocktail is None
        else [
            {**_goods(part.goods, part.serial), "quantity": _quantity(part.quantity, part.goods.base_unit)}
            for part in use.cocktail.ingredients
        ],
    }


def _goods(goods: GoodsNamed, serial: str) -> dict[str, Any]:
    return {
        "product": " ".join(filter(None, (goods.brand, goods.strength, goods.presentation))),
        "manufacturer": goods.manufacturer,
        "udi_di": goods.udi_di,
        "lot_number": goods.lot_number,
        "serial": serial,
        "expires_on": None if goods.expires_on is None else goods.expires_on.isoformat(),
    }


def _reaction(known: ReactionKnown) -> dict[str, Any]:
    return {
        "session": known.session_uid,
        "rows": [
            {
                "effect": each.effect_name,
                "severity": each.severity,
                "outcome": each.outcome,
                "began_at": _at(each.began_at),
                "note": each.note,
                "withdrawn": each.is_withdrawn,
                "recorded_at": _at(each.recorded_at),
                "recorded_by": each.recorded_by,
            }
            for each in (known.now, *known.before)
        ],
    }


def _disclosure(row: DisclosureRow) -> dict[str, Any]:
    return {
        "at": _at(row.at),
        "by": row.person,
        "roles": list(row.roles),
        "clinic": row.clinic,
        "purpose": row.purpose,
        "page": row.page,
    }


def _quantity(quantity: int, base_unit: str) -> dict[str, str]:
    shown = show_quantity(quantity, BaseUnit(base_unit))
    return {"quantity": shown.quantity, "unit": shown.unit}


def _at(at: Any) -> str | None:
    return None if at is None else at.isoformat()
