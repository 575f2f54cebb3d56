"""Who may say that a thing is used although a rule stops it?

A stop names the lot, every rule that it breaks and who may override, so that whoever overrides has
seen them all: a rule that was broken in the meantime is not covered by an older override.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, TypedDict

from stockroom.errors import Forbidden, NeedsOverride, Refused, StockroomError, extracted
from stockroom.rules.agreeing import Agreement, check_agreement
from stockroom.rules.override_rights import is_closed, may_override, names_of, needed_to_override
from stockroom.rules.usability import GRAVITY, Broken
from stockroom.vocabulary import Action, HoldReason, Rule, SignOnWay, Unauthorised


@dataclass(eq=False, kw_only=True)
class Stopped(NeedsOverride):
    """A rule stops this thing; `rules` lists every broken rule, `may_override` the roles."""

    lot_uid: str
    lot_number: str
    product: str
    rules: tuple[str, ...]
    may_override: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class LotExpired(Stopped):
    """The printed expiry is over."""

    code: ClassVar[str] = "lot_expired"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} expired on {expired}. Put it aside for disposal and take another lot."
    )
    expired: date | datetime | None


@dataclass(eq=False, kw_only=True)
class PastBeyondUse(Stopped):
    """The time after opening or mixing is over."""

    code: ClassVar[str] = "past_beyond_use"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} in {place} was to be used before {beyond_use_at}. "
        "Discard it and open or prepare a fresh one."
    )
    place: str
    beyond_use_at: datetime | None


@dataclass(eq=False, kw_only=True)
class PuncturesSpent(Stopped):
    """It was drawn from as often as its maker allows."""

    code: ClassVar[str] = "punctures_spent"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} in {place} was drawn from as often as it may be. Open a fresh one."
    )
    place: str


@dataclass(eq=False, kw_only=True)
class LotOnHold(Stopped):
    """Somebody has stopped this lot, product, place or container."""

    code: ClassVar[str] = "lot_on_hold"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} is on hold ({reasons}). Leave it where it is, take another lot, "
        "and ask who placed the hold."
    )
    reasons: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class NotInUsablePlace(Stopped):
    """Nothing in quarantine, returns or transit is usable."""

    code: ClassVar[str] = "not_in_usable_place"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} lies in {place}, where nothing may be used. "
        "Take another lot, or have this one released and moved to a shelf."
    )
    place: str


@dataclass(eq=False, kw_only=True)
class ProductIncomplete(Stopped):
    """Nobody has confirmed container type, in-use life, storage or ingredients."""

    code: ClassVar[str] = "product_incomplete"
    message: ClassVar[str] = extracted(
        "Nobody has confirmed yet how {product} (lot {lot_number}) is kept, opened and made up, or how long "
        "it keeps opened where it stands. Have that confirmed in the catalogue, keep it in the fridge if its "
        "life there is known, or take another."
    )


@dataclass(eq=False, kw_only=True)
class PatientAllergic(Stopped):
    """The patient does not bear something in it.  Which ingredient is medical and stays out (L14)."""

    code: ClassVar[str] = "patient_allergic"
    message: ClassVar[str] = extracted(
        "Stop: this patient is allergic to something in {product} (lot {lot_number}). "
        "Put it back, look at the patient's allergies, and ask the practitioner."
    )


@dataclass(eq=False, kw_only=True)
class ContraindicatedForPatient(Stopped):
    """A flag of the patient stops it.  Which flag is medical and stays out (L14)."""

    code: ClassVar[str] = "contraindicated"
    message: ClassVar[str] = extracted(
        "Stop: {product} (lot {lot_number}) is not for this patient, because of a flag in the record. "
        "Put it back, look at the patient's flags, and ask the practitioner."
    )


@dataclass(eq=False, kw_only=True)
class CautionAsked(Stopped):
    """A flag of the patient asks for a word before it is used.  Which flag is medical and stays out (L14)."""

    code: ClassVar[str] = "caution_asked"
    message: ClassVar[str] = extracted(
        "Caution: a flag in this patient's record speaks against {product} (lot {lot_number}). "
        "Look at the flags, and write why it is used all the same, or put it back."
    )


@dataclass(eq=False, kw_only=True)
class AllergiesNotAsked(Stopped):
    """Nobody has asked this patient about allergies."""

    code: ClassVar[str] = "allergies_not_asked"
    message: ClassVar[str] = extracted(
        "Nobody has asked this patient about allergies yet. Ask and write the answer down before you take "
        "{product} (lot {lot_number})."
    )


@dataclass(eq=False, kw_only=True)
class KeptForOtherPatient(Stopped):
    """A single-patient vial or cocktail is nobody else's (CDC, single-dose vials)."""

    code: ClassVar[str] = "kept_for_other_patient"
    message: ClassVar[str] = extracted(
        "{place} with lot {lot_number} of {product} belongs to another patient. Open or prepare a fresh one."
    )
    place: str


@dataclass(eq=False, kw_only=True)
class NotAuthorisedHere(Stopped):
    """The product is not authorised where this clinic is."""

    code: ClassVar[str] = "not_authorised_here"
    message: ClassVar[str] = extracted(
        "{product} (lot {lot_number}) is not authorised in the country of this clinic. Take an equivalent that is."
    )


@dataclass(eq=False, kw_only=True)
class PrescriberMissing(Stopped):
    """A product of this regulatory class is used on a prescription."""

    code: ClassVar[str] = "prescriber_missing"
    message: ClassVar[str] = extracted(
        "{product} (lot {lot_number}) needs a prescriber. Enter who prescribed it for this session."
    )


@dataclass(eq=False, kw_only=True)
class EarlierLotWaiting(Stopped):
    """A lot in the same place expires sooner (first expired, first out)."""

    code: ClassVar[str] = "earlier_lot_waiting"
    message: ClassVar[str] = extracted(
        "Lot {earlier_lot_number} of {product} lies in {place} and expires before lot {lot_number}. "
        "Put this one back and take lot {earlier_lot_number}."
    )
    earlier_lot_uid: str
    earlier_lot_number: str
    place: str


@dataclass(eq=False, kw_only=True)
class NotToBeMixed(Stopped):
    """A source says that this is not mixed with what is in the cocktail already."""

    code: ClassVar[str] = "not_to_be_mixed"
    message: ClassVar[str] = extracted(
        "{product} (lot {lot_number}) is not mixed with what is in this cocktail: {incompatible}. Put it back, "
        "and ask the practitioner."
    )
    incompatible: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class LotRecalled(Refused):
    """The lot is recalled: nobody may override that."""

    code: ClassVar[str] = "lot_recalled"
    message: ClassVar[str] = extracted(
        "Stop: lot {lot_number} of {product} is recalled and nobody may use it. "
        "Put it into quarantine and take another lot."
    )
    answered_for: ClassVar[bool] = True
    lot_uid: str
    lot_number: str
    product: str


@dataclass(eq=False, kw_only=True)
class ContainerClosed(Refused):
    """The container was finished or discarded; there is nothing in it to be used."""

    code: ClassVar[str] = "container_closed"
    message: ClassVar[str] = extracted(
        "{place} with lot {lot_number} of {product} is {state}. "
        "Open a fresh one; if this one is still in use, count it."
    )
    answered_for: ClassVar[bool] = True
    lot_uid: str
    lot_number: str
    product: str
    place: str
    state: str


@dataclass(eq=False, kw_only=True)
class OverrideReasonMissing(Refused):
    """An override says why."""

    code: ClassVar[str] = "override_reason_missing"
    message: ClassVar[str] = extracted("An override needs a reason. Write why it is used all the same.")


@dataclass(eq=False, kw_only=True)
class OverrideForbidden(Forbidden):
    """The person who overrides does not hold the role for it."""

    code: ClassVar[str] = "override_forbidden"
    message: ClassVar[str] = extracted(
        "You may not override this for lot {lot_number} of {product}. Ask somebody who is: {may_override}."
    )
    rule: str
    lot_uid: str
    lot_number: str
    product: str
    may_override: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Override:
    """What somebody takes upon himself or herself: these rules, for this reason."""

    rules: frozenset[Rule]
    reason: str
    outside: frozenset[Unauthorised] = frozenset()
    """Acts that are done although nobody has authorised who does them, as was seen."""
    second_person_uid: str | None = None
    """Who agrees; an entrance sets it once that person has proved who it is."""
    second_person_way: SignOnWay = SignOnWay.PASSWORD
    """How that person proved it."""


def judge(
    broken: Iterable[Broken],
    *,
    override: Override | None,
    actions: frozenset[Action],
    agreement: Agreement,
) -> tuple[Rule, ...]:
    """Let an asked act pass, or refuse it; give the overridden rules, gravest first, for the record.

    `actions` is what the author may do, within what his or her token covers; `agreement` is what
    `reads.agreements` found for the override.
    Raises LotRecalled or ContainerClosed (nobody may override), else the gravest Stopped while the
    override does not name every broken rule, OverrideReasonMissing, OverrideForbidden when `actions`
    lack the right one, SecondPersonMissing where the clinic wants one for a broken rule, and
    SecondPersonMayNot for one who is the author, or may not override what is agreed to.
    """
    grave = sorted(broken, key=lambda each: (bool(may_override(each)), GRAVITY.index(each.rule)))
    if not grave:
        return ()
    if not may_override(grave[0]) or override is None or not {each.rule for each in grave} <= override.rules:
        raise stop_for(grave[0], grave)
    if not override.reason.strip():
        raise OverrideReasonMissing()
    for each in grave:
        _check_permission(each, actions)
    check_agreement(grave, agreement)
    return tuple(rule for rule in GRAVITY if any(each.rule is rule for each in grave))


def stop_for(broken: Broken, among: Iterable[Broken]) -> StockroomError:
    """Give the error that says why `broken` stops its thing, with everything that thing breaks."""
    thing = broken.thing
    if broken.rule is Rule.RECALLED:
        return LotRecalled(lot_uid=thing.lot_uid, lot_number=thing.lot_number, product=thing.product_name)
    if is_closed(broken):
        return ContainerClosed(
            lot_uid=thing.lot_uid,
            lot_number=thing.lot_number,
            product=thing.product_name,
            place=_place(broken),
            state=str(thing.container_state),
        )
    rules = {each.rule for each in among}
    return _stopped(broken, tuple(rule.value for rule in GRAVITY if rule in rules))


class _Common(TypedDict):
    lot_uid: str
    lot_number: str
    product: str
    rules: tuple[str, ...]
    may_override: tuple[str, ...]


_PLAIN: dict[Rule, type[Stopped]] = {
    Rule.ALLERGY: PatientAllergic,
    Rule.CONTRAINDICATED: ContraindicatedForPatient,
    Rule.CAUTION: CautionAsked,
    Rule.ALLERGY_NOT_ASKED: AllergiesNotAsked,
    Rule.PRODUCT_INCOMPLETE: ProductIncomplete,
    Rule.NOT_AUTHORISED: NotAuthorisedHere,
    Rule.NO_PRESCRIBER: PrescriberMissing,
}
"""The stops that say nothing beyond what every stop says."""


def _common(broken: Broken, rules: tuple[str, ...]) -> _Common:
    return {
        "lot_uid": broken.thing.lot_uid,
        "lot_number": broken.thing.lot_number,
        "product": broken.thing.product_name,
        "rules": rules,
        "may_override": names_of(may_override(broken)),
    }


def _stopped(broken: Broken, rules: tuple[str, ...]) -> Stopped:
    thing = broken.thing
    common = _common(broken, rules)
    if broken.rule is Rule.EXPIRED:
        return LotExpired(**common, expired=thing.expires_on or thing.expires_at)
    if broken.rule is Rule.BEYOND_USE:
        return PastBeyondUse(**common, place=_place(broken), beyond_use_at=thing.beyond_use_at)
    if broken.rule is Rule.PUNCTURES_SPENT:
        return PuncturesSpent(**common, place=_place(broken))
    if broken.rule is Rule.HELD:
        held = (reason for reason in thing.hold_reasons if reason is not HoldReason.RECALL)
        return LotOnHold(**common, reasons=tuple(dict.fromkeys(reason.value for reason in held)))
    if broken.rule is Rule.NOT_USABLE_PLACE:
        return NotInUsablePlace(**common, place=_place(broken))
    if broken.rule is Rule.OTHER_PATIENT:
        return KeptForOtherPatient(**common, place=_place(broken))
    if broken.rule is Rule.EARLIER_LOT and broken.earlier is not None:
        earlier = broken.earlier
        return EarlierLotWaiting(
            **common,
            earlier_lot_uid=earlier.lot_uid,
            earlier_lot_number=earlier.lot_number,
            place=earlier.location_name,
        )
    if broken.rule is Rule.INCOMPATIBLE:
        return NotToBeMixed(**common, incompatible=broken.incompatible)
    return _PLAIN[broken.rule](**common)


def _check_permission(broken: Broken, actions: frozenset[Action]) -> None:
    if needed_to_override(broken) not in actions:
        raise OverrideForbidden(
            rule=broken.rule.value,
            lot_uid=broken.thing.lot_uid,
            lot_number=broken.thing.lot_number,
            product=broken.thing.product_name,
            may_override=names_of(may_override(broken)),
        )


def _place(broken: Broken) -> str:
    code = broken.thing.container_code
    return broken.thing.location_name if code is None else f"{broken.thing.location_name} {code}"
