"""Does an act permit no more than its author, its token and its clinic do?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger.acts import Act, KeyReused, LogInEnded, perform
from stockroom.models import ApiToken, Membership, OrganisationEntry
from stockroom.operations.employ import Employ, GiveRole, employ, give_role
from stockroom.operations.mint_token import MintToken, mint_token
from stockroom.operations.open_container import ContainerOpened, OpenContainer, open_container
from stockroom.rules.overriding import Override, OverrideForbidden
from stockroom.rules.permissions import GrantForbidden
from stockroom.rules.using import ThingName
from stockroom.vocabulary import Action, Role, Rule
from tests.builders import NOW, House, LotAt, key


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def with_token(owner: Actor, store: Store, *actions: Action) -> Actor:
    """The owner as a program of hers that is limited to some actions."""
    command = MintToken(
        name="program", token_hash=key("hash"), actions=actions, expires_at=NOW + timedelta(days=1)
    )
    minted = mint_token(store, command, actor=owner, key=key(), now=NOW)
    with store.reading() as connection:
        token_id = connection.execute(
            select(ApiToken.id).where(ApiToken.uid == minted.token_uid)
        ).scalar_one()
    return replace(owner, token_id=token_id)


def open_expired(house: House, lot: LotAt, actor: Actor) -> ContainerOpened:
    override = Override(rules=frozenset({Rule.EXPIRED}), reason="Nothing else in the house")
    command = OpenContainer(thing=ThingName(lot_uid=lot.uid), override=override)
    return open_container(house.store, command, actor=actor, key=key(), now=NOW)


def test_a_token_overrides_only_what_it_covers(house: House) -> None:
    lot = house.clinic.lot_on_shelf(
        house.product("Filler"), "A1", presentations=2, expires_on=date(2026, 3, 1)
    )
    narrow = with_token(house.practitioner, house.store, Action.OPEN, Action.USE)
    wide = with_token(house.practitioner, house.store, Action.OPEN, Action.OVERRIDE_CLINICAL)

    with pytest.raises(OverrideForbidden):
        open_expired(house, lot, narrow)
    assert house.clinic.on_hand(lot) == 10_000
    assert open_expired(house, lot, wide).overridden == ("expired",)


def test_a_token_is_worth_nothing_in_another_clinic(house: House) -> None:
    there = house.another_clinic()
    narrow = with_token(house.nurse, house.store, Action.OPEN)
    lot = there.lot_on_shelf(house.product("Filler"), "A1")
    elsewhere = replace(narrow, clinic_id=there.id, clinic_uid=there.uid)

    with pytest.raises(LogInEnded):
        open_expired(house, lot, elsewhere)


def test_the_same_key_in_another_clinic_is_not_answered_with_what_was_done_here(house: House) -> None:
    there, same = house.another_clinic(), key()
    employed = employ(
        house.store,
        Employ(name="Boyan B", profession="nurse", email="boyan@vitosha.test"),
        actor=house.system,
        key=key(),
        now=NOW,
    )
    command = GiveRole(user_uid=employed.user_uid or "", role=Role.NURSE)
    give_role(house.store, command, actor=house.clinic.system, key=same, now=NOW)

    with pytest.raises(KeyReused):
        give_role(house.store, command, actor=there.system, key=same, now=NOW)

    with house.store.reading() as connection:
        clinics = connection.execute(select(Membership.clinic_id)).scalars().all()
    assert clinics == [house.clinic.id]


def test_what_the_terminal_is_refused_stands_in_the_organisations_journal(house: House) -> None:
    def refuse(work: Work) -> None:
        raise GrantForbidden(what="everything")

    with pytest.raises(GrantForbidden):
        perform(
            house.store,
            Act(kind="test.refused", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
            command=None,
            body=refuse,
            answer=type(None),
            actor=house.system,
            key=key(),
            now=NOW,
        )

    with house.store.reading() as connection:
        newest = select(OrganisationEntry.kind).order_by(OrganisationEntry.seq.desc())
        assert connection.execute(newest).scalars().first() == "refusal"
