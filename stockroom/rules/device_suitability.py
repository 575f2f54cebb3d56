"""Does a device suit this patient?  Her flags against devices, and against the technique that it serves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from stockroom.errors import Forbidden, NeedsOverride, extracted
from stockroom.rules.agreeing import Agreement
from stockroom.rules.override_rights import names_of, right_over
from stockroom.rules.overriding import Override, OverrideReasonMissing
from stockroom.rules.permissions import roles_for
from stockroom.rules.suitability import FlagRule, speaking
from stockroom.vocabulary import Action, Effect, RegulatoryClass, Rule

TECHNIQUE_OF = {
    "mesogun": "mesogun-injection",
    "automated-injector": "mesogun-injection",
    "microneedling-handpiece": "microneedling",
    "electroporation-device": "electroporation",
    "fractional-radiofrequency-device": "energy-micro-channels",
    "ultrasound-device": "energy-micro-channels",
}
"""By which technique a kind of device treats, both as the reference data name them (source texts 000, 001, 004)."""


@dataclass(eq=False, kw_only=True)
class _OfDevice:
    """What is said of a device that a flag speaks against.  Which flag is medical and stays out (L14)."""

    device: str
    device_uid: str
    rules: tuple[str, ...]
    may_override: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class DeviceContraindicated(_OfDevice, NeedsOverride):
    """A flag of the patient stops the device; a permitted person may say why it is used all the same."""

    code: ClassVar[str] = "device_contraindicated"
    message: ClassVar[str] = extracted(
        "Stop: {device} is not for this patient, because of a flag in the record. Put it away, look at the "
        "patient's flags, and ask the practitioner."
    )


@dataclass(eq=False, kw_only=True)
class DeviceCautionAsked(_OfDevice, NeedsOverride):
    """A flag of the patient speaks against the device, and whoever uses it says why."""

    code: ClassVar[str] = "device_caution_asked"
    message: ClassVar[str] = extracted(
        "Caution: a flag in this patient's record speaks against {device}. Look at the flags, and write why it is "
        "used all the same, or put it away."
    )


@dataclass(eq=False, kw_only=True)
class _NotTheirs:
    """Somebody decides about a device who may not."""

    rule: str
    device: str
    device_uid: str
    may_override: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class DeviceOverrideForbidden(_NotTheirs, Forbidden):
    """Whoever overrides does not hold the role for it."""

    code: ClassVar[str] = "device_override_forbidden"
    message: ClassVar[str] = extracted(
        "You may not decide that {device} is used on this patient. Ask somebody who may: {may_override}."
    )


@dataclass(eq=False, kw_only=True)
class DeviceSecondPersonMissing(_OfDevice, NeedsOverride):
    """This clinic wants a second person to agree to the overriding of these rules."""

    code: ClassVar[str] = "device_second_person_missing"
    message: ClassVar[str] = extracted(
        "This clinic asks a second person to agree before {device} is used on this patient all the same. "
        "Call a colleague ({may_override}), who signs with badge, PIN or password."
    )


@dataclass(eq=False, kw_only=True)
class DeviceSecondPersonMayNot(_NotTheirs, Forbidden):
    """Who agrees is the author, does not work here, or may not override the rule."""

    code: ClassVar[str] = "device_second_person_may_not"
    message: ClassVar[str] = extracted(
        "Whoever agrees that {device} is used on this patient is somebody else than you, works in this clinic, "
        "and is one of: {may_override}. Call such a colleague."
    )


@dataclass(frozen=True, kw_only=True)
class DeviceNamed:
    """A device as a refusal names it."""

    uid: str
    name: str


def said_of_device(flag_rules: Iterable[FlagRule], kind: str, *, on: date) -> tuple[FlagRule, ...]:
    """Give the rules of her flags that speak against a device of this kind on a day.

    It is a device, and it treats by its technique; what goes into her with it is judged when that is scanned.
    """
    return speaking(
        flag_rules,
        ingredient_ids=frozenset(),
        regulatory_classes=frozenset({RegulatoryClass.DEVICE}),
        technique=TECHNIQUE_OF.get(kind),
        on=on,
    )


def rules_against(says: Iterable[FlagRule]) -> tuple[Rule, ...]:
    """Give what these rules of flags break, the gravest first."""
    effects = {each.effect for each in says}
    ordered = ((Effect.STOP, Rule.CONTRAINDICATED), (Effect.CAUTION, Rule.CAUTION))
    return tuple(rule for effect, rule in ordered if effect in effects)


def judge_device(
    broken: Sequence[Rule],
    device: DeviceNamed,
    *,
    override: Override | None,
    actions: Collection[Action],
    agreement: Agreement,
) -> None:
    """Let a device be used against these rules, or refuse it, as `overriding.judge` does for goods.

    Raises DeviceContraindicated or DeviceCautionAsked while the override does not name every rule,
    OverrideReasonMissing, DeviceOverrideForbidden, DeviceSecondPersonMissing, DeviceSecondPersonMayNot.
    """
    if not broken:
        return
    roles = {rule: names_of(roles_for(right_over(rule))) for rule in broken}
    if override is None or not override.rules.issuperset(broken):
        stop = DeviceContraindicated if broken[0] is Rule.CONTRAINDICATED else DeviceCautionAsked
        rules = tuple(rule.value for rule in broken)
        raise stop(device=device.name, device_uid=device.uid, rules=rules, may_override=roles[broken[0]])
    if not override.reason.strip():
        raise OverrideReasonMissing()
    for rule in broken:
        if right_over(rule) not in actions:
            raise DeviceOverrideForbidden(
                rule=rule.value, device=device.name, device_uid=device.uid, may_override=roles[rule]
            )
    _check_agreement(broken, device, agreement, roles)


def _check_agreement(
    broken: Sequence[Rule], device: DeviceNamed, agreement: Agreement, roles: dict[Rule, tuple[str, ...]]
) -> None:
    wanted = [rule for rule in broken if rule in agreement.wanted_for]
    by = agreement.by
    if by is None:
        if not wanted:
            return
        raise DeviceSecondPersonMissing(
            device=device.name,
            device_uid=device.uid,
            rules=tuple(rule.value for rule in wanted),
            may_override=roles[wanted[0]],
        )
    for rule in wanted or broken:
        if not by.is_another or right_over(rule) not in by.actions:
            raise DeviceSecondPersonMayNot(
                rule=rule.value, device=device.name, device_uid=device.uid, may_override=roles[rule]
            )
