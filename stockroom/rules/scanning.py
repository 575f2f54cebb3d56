"""Which vial is meant by a scan at the bench, and how much of it?  Pure.

A manufacturer's code names a lot, never a container: where something of the lot is open, a person says
whether it is that vial or a new one, and nothing is booked before the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from stockroom.clock import civil_date
from stockroom.rules import fefo
from stockroom.rules.suitability import PatientFacts
from stockroom.rules.usability import Purpose, Thing, broken_rules, is_usable
from stockroom.rules.using import is_used_in_one_go
from stockroom.vocabulary import BaseUnit, ContainerType, Rule

NOTHING_ALIKE: Mapping[str, int] = MappingProxyType({})


class Step(StrEnum):
    """What follows a scan."""

    USE = "use"
    """Exactly one thing can be meant."""
    OPEN = "open"
    """It is sealed, several draws may share it, and nothing of it is open."""
    ASK = "ask"
    """A person says which vial it is."""
    NOTHING_LEFT = "nothing_left"
    """The lot is known here and none of it is left."""


@dataclass(frozen=True, kw_only=True)
class WhichVial:
    """The next step, and the vials that it may be about."""

    step: Step
    vials: tuple[Thing, ...] = ()
    """Of USE the one; of ASK each open one, those that this patient may get of first."""
    sealed: Thing | None = None
    """Of OPEN and ASK what would be opened; of ASK None when no sealed one is left."""
    places: tuple[Thing, ...] = ()
    """Of ASK the sealed ones instead, where none lies in the room and they lie in several other places."""

    @property
    def meant(self) -> tuple[Thing, ...]:
        """Everything that may be meant."""
        return (*self.vials, *((self.sealed,) if self.sealed else ()), *self.places)


@dataclass(frozen=True, kw_only=True)
class Room:
    """The room in which a scan is made, as far as a tablet knows it: what lies there is meant first."""

    name: str
    location_ids: frozenset[int]
    """The room itself, and the opened containers that stand in it."""
    set_aside_ids: frozenset[int] = frozenset()
    """Places from which nobody takes for a treatment while there is another: the emergency boxes."""

    def order(self, thing: Thing) -> tuple[bool, bool]:
        """How near a thing is: what lies here, what lies elsewhere, what is set aside."""
        return not self.holds(thing), thing.location_id in self.set_aside_ids

    def holds(self, thing: Thing) -> bool:
        return thing.location_id in self.location_ids


def which_vial(
    things: Iterable[Thing],
    *,
    names_container: bool,
    now: datetime,
    zone: str,
    patient: PatientFacts | None,
    purpose: Purpose = Purpose.USE,
    room: Room | None = None,
) -> WhichVial:
    """Say what a scan at the bench means, given everything that lies here of the lot that it named.

    What lies in the `room` where it is scanned is meant before what lies elsewhere.  Where nothing sealed
    lies there and some lies in several other places, a person says from where it was brought.

    `names_container`: our label or short code was read, so that no question is left, and an emptied
    vial may hold a little more than its label said.  Every vial of the lot that is open is asked about,
    one past its limit or somebody else's too: it may be the one in the hand, and then its refusal says so.
    """
    today = civil_date(now, zone)

    def serves(thing: Thing) -> bool:
        return is_usable(thing, now=now, today=today, purpose=purpose, patient=patient)

    lying = [each for each in things if each.quantity or names_container]
    best = sorted(
        fefo.in_order(lying, zone=zone),
        key=lambda thing: (room.order(thing) if room is not None else (), not serves(thing)),
    )
    if not best:
        return WhichVial(step=Step.NOTHING_LEFT)
    opened = tuple(each for each in best if each.is_opened)
    sealed = next((each for each in best if not each.is_opened), None)
    if names_container or (sealed is None and len(opened) == 1):
        return WhichVial(step=Step.USE, vials=opened[:1] or tuple(best[:1]))
    brought = () if room is None or names_container else _from_several(best, room)
    if brought:
        return WhichVial(step=Step.ASK, vials=opened, places=brought)
    if opened:
        return WhichVial(step=Step.ASK, vials=opened, sealed=sealed)
    assert sealed is not None
    if is_used_in_one_go(sealed):
        return WhichVial(step=Step.USE, vials=(sealed,))
    return WhichVial(step=Step.OPEN, sealed=sealed)


def _from_several(best: Sequence[Thing], room: Room) -> tuple[Thing, ...]:
    """The sealed ones by place, where none lies in the room and they lie in more than one other."""
    sealed = [each for each in best if not each.is_opened]
    if any(map(room.holds, sealed)):
        return ()
    usual = [each for each in sealed if each.location_id not in room.set_aside_ids]
    return tuple(usual) if len(usual) > 1 else ()


def stops_of(
    things: Iterable[Thing], *, now: datetime, zone: str, purpose: Purpose, patient: PatientFacts | None
) -> dict[int, tuple[Rule, ...]]:
    """Give by location id what stops each of the things that a scan may mean, so that it is said before it is chosen.

    Whoever prescribes is asked for when it is used, not here.
    """
    today = civil_date(now, zone)
    return {
        each.location_id: tuple(
            broken.rule
            for broken in broken_rules(
                each, now=now, today=today, purpose=purpose, patient=patient, has_prescriber=True
            )
        )
        for each in things
    }


class Said(StrEnum):
    """From where a proposed quantity comes."""

    NEED = "need"
    USUAL_DRAW = "usual_draw"
    ONE = "one"
    REST = "rest"
    """All that is left in the vial or on the shelf, which is less than was wanted."""


@dataclass(frozen=True, kw_only=True)
class HowMuch:
    """A quantity that is booked unless somebody says otherwise."""

    quantity: int
    said: Said


def how_much(
    *,
    open_need: int | None,
    usual_draw: int | None,
    whole: int,
    lying: int,
    is_opened: bool = False,
    graduation: int = 1,
    container_type: ContainerType | None = None,
) -> HowMuch:
    """Propose how much a scan takes: the open need, else the usual draw, else one piece or presentation.

    `whole` is one presentation and `lying` what is there, of which never more is taken (nothing that lies
    there may be overfill); rounded up to what the syringe shows (`graduation`).  An opened head gives one use,
    a cream its usual amount for an area, whatever the books think is left in the tube.
    """
    if is_opened and container_type is ContainerType.COUNTED_USE:
        return HowMuch(quantity=1, said=Said.ONE)
    if is_opened and container_type is ContainerType.MULTI_USE_TOPICAL and usual_draw:
        return HowMuch(quantity=usual_draw, said=Said.USUAL_DRAW)
    if open_need:
        wanted, said = open_need, Said.NEED
    elif usual_draw:
        wanted, said = usual_draw, Said.USUAL_DRAW
    else:
        wanted, said = (min(lying, whole) or 1) if is_opened else whole, Said.ONE
    wanted = -(-wanted // graduation) * graduation
    if 0 < lying < wanted:
        return HowMuch(quantity=lying, said=Said.REST)
    return HowMuch(quantity=wanted, said=said)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a session needs of one product or of any of a group, and what it has had of it."""

    need_uid: str
    product_id: int | None
    group_id: int | None
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Got:
    """What a session has had of one product."""

    product_id: int
    group_id: int | None
    quantity: int


def still_needed(
    needs: Sequence[Wanted], got: Iterable[Got], *, like: Mapping[str, int] = NOTHING_ALIKE
) -> dict[str, int]:
    """Give by need what is still missing, in base units, none less than zero.

    What was used counts for a need of its product first, then for one of its group, in the needs' order; then it
    stands in for another product of its group that a need names outright (`like`: by need the group of that product).
    """
    left = {each.need_uid: each.quantity for each in needs}
    rest = [(each, meet(left, needs, each)) for each in got]
    for each, beyond in rest:
        stand_in(left, like, each, beyond)
    return left


def stand_in(left: dict[str, int], like: Mapping[str, int], got: Got, quantity: int) -> int:
    """Take what no need asked for off what is left of needs of the same group; what stands in for nothing."""
    for need_uid, group_id in like.items():
        if got.group_id is not None and group_id == got.group_id:
            part = min(quantity, left.get(need_uid, 0))
            left[need_uid] = left.get(need_uid, 0) - part
            quantity -= part
    return quantity


def meet(left: dict[str, int], needs: Sequence[Wanted], got: Got) -> int:
    """Take what was had off what is `left` of the needs that it serves; what none of them asked for."""
    rest = got.quantity
    own = [need for need in needs if need.product_id == got.product_id]
    of_group = [need for need in needs if need.group_id is not None and need.group_id == got.group_id]
    for need in (*own, *of_group):
        part = min(rest, left[need.need_uid])
        left[need.need_uid] -= part
        rest -= part
    return rest


def serves(need: Wanted, *, product_id: int, group_id: int | None) -> bool:
    """True when a need asks for this product, by itself or by its group."""
    return need.product_id == product_id or (need.group_id is not None and need.group_id == group_id)


_STEPS = {
    BaseUnit.MICROLITRE: 100,
    BaseUnit.MICROGRAM: 100,
    BaseUnit.MILLI_INTERNATIONAL_UNIT: 1_000,
    BaseUnit.PIECE: 1,
}


def step_of(base_unit: BaseUnit, graduation: int) -> int:
    """Give the base units by which − and + change a quantity: the product's graduation, else a tenth or a whole.

    >>> step_of(BaseUnit.MICROLITRE, 1)
    100
    """
    return graduation if graduation > 1 else _STEPS[base_unit]
