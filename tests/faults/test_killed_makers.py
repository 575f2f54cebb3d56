"""Is a cocktail wholly in the books or not at all, at whatever moment the process that makes it is killed?"""

from __future__ import annotations

import signal
from itertools import count

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import Preparation
from stockroom.operations.abandon_preparation import AbandonPreparation, DrawnOf
from stockroom.operations.add_ingredient import AddIngredient
from stockroom.operations.finish_preparation import FinishPreparation
from stockroom.reads.preparations import open_preparation
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerType
from tests.builders import House, key
from tests.cocktails import add, begin, opened, patient_with_session, stock
from tests.faults.killed_makers import Command, Step, do_until_killed, done
from tests.faults.processes import SEPARATE


class Bench:
    """A vial that is open and sealed ampoules, and a nurse who mixes both for a patient."""

    def __init__(self, store: Store) -> None:
        self.store, self.house = store, House(store)
        filler = self.house.product("Filler")
        ampoule = self.house.product(
            "Ampoule", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE
        )
        self.vial = opened(self.house.clinic, filler, self.house.clinic.lot_on_shelf(filler, "A1"))
        self.ampoules = self.house.clinic.lot_on_shelf(ampoule, "B1", presentations=2)
        self.visit = patient_with_session(self.house, "Ana A")

    def draft(self) -> str:
        """A cocktail with 2 mL of the vial in it."""
        draft = begin(self.house, None, self.visit, reason="dry skin").preparation_uid
        add(self.house, draft, location_uid=self.vial.uid, quantity=2000)
        return draft

    def kept(self, draft: str) -> list[tuple[int, int, bool]]:
        """What the draft asks about, line by line: its number, how much, and that it is still kept for it."""
        with self.store.reading() as connection:
            found = open_preparation(connection, self.house.clinic.id, draft)
        return [(each.n, each.quantity, each.is_kept) for each in found.ingredients]

    def is_killed(self, step: Step, at: int) -> bool:
        process = SEPARATE.Process(target=do_until_killed, args=(step, at), daemon=True)
        process.start()
        process.join(60)
        assert process.exitcode in (0, -signal.SIGKILL)
        return process.exitcode != 0

    def outlives(self, command: Command, *, every: int) -> int:
        """Kill whoever does this at every so many things that it writes, until it is done and nobody had the answer.

        Gives how often it was killed, each time with nothing of it in the books; repeated, it is done once.
        """
        step = Step(
            url=self.store.engine.url.render_as_string(hide_password=False),
            anchor_file=str(self.store.anchor_file),
            actor=self.house.nurse,
            command=command,
            key=key("kill"),
        )
        before, in_it = stock(self.store), self.kept(command.preparation_uid)
        kills = 0
        for at in count(1, every):
            if not self.is_killed(step, at):
                break
            kills += 1
            assert stock(self.store) == before
            assert self.kept(command.preparation_uid) == in_it
        after = stock(self.store)
        assert after != before
        done(self.store, step)
        assert stock(self.store) == after
        return kills


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_whoever_is_killed_while_making_a_cocktail_leaves_all_of_it_or_nothing(store: Store) -> None:
    bench = Bench(store)
    made, given_up = bench.draft(), bench.draft()
    steps = (
        AddIngredient(preparation_uid=made, thing=ThingName(lot_uid=bench.ampoules.uid), quantity=1000),
        FinishPreparation(preparation_uid=made, location_uid=bench.house.clinic.room.uid),
        AbandonPreparation(
            preparation_uid=given_up, drawn=(DrawnOf(n=1, quantity=500),), reason="the power went"
        ),
    )
    every = (
        1 if store.engine.dialect.name == "sqlite" else 3
    )  # the same act: there some of the moments will do
    assert all(bench.outlives(step, every=every) > 1 for step in steps)

    with store.reading() as connection:
        ended = {row.uid: row.state for row in connection.execute(select(Preparation.uid, Preparation.state))}
    assert ended == {made: "finished", given_up: "abandoned"}
    assert verify(store).findings == ()
