"""A cocktail that lies in a room, for tests of what becomes of it."""

from __future__ import annotations

from stockroom.clock import now
from stockroom.operations.add_ingredient import AddIngredient, add_ingredient
from stockroom.operations.finish_preparation import FinishPreparation, finish_preparation
from stockroom.operations.open_container import ContainerOpened
from stockroom.operations.start_preparation import StartPreparation, start_preparation
from stockroom.rules.using import ThingName
from tests.builders import key
from tests.serving import Served
from tests.sessions import opened, session


def cocktail(served: Served, *vials: ContainerOpened, visit: str = "") -> str:
    """Half a millilitre of each vial (of one of its own where none is named), in the room; the uid of its lot."""
    house, at = served.house, now()
    if not vials:
        base = house.product("Base", in_use_minutes=5_000)
        vials = (opened(house, served.clinic.lot_on_shelf(base, "Ba1"), now=at),)
    visit = visit or session(house, planned_at=at, now=at)
    start = StartPreparation(session_uids=(visit,), reason="by hand")
    draft = start_preparation(house.store, start, actor=house.nurse, key=key(), now=at).preparation_uid
    for vial in vials:
        thing = ThingName(location_uid=vial.container_uid)
        add = AddIngredient(preparation_uid=draft, thing=thing, quantity=500)
        add_ingredient(house.store, add, actor=house.nurse, key=key(), now=at)
    end = FinishPreparation(preparation_uid=draft, location_uid=house.clinic.room.uid)
    return finish_preparation(house.store, end, actor=house.nurse, key=key(), now=at).lot_uid
