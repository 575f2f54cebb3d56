"""Does an act permit no more than its author, its token and its clinic do?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, JournalName, Work
from stockroom.ledger.acts import Act, KeyReused, LogInEnded, perform
from stockroom.ledger.verify import verify
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


def in_journal(house: House, actor: Actor, filed_in: JournalName | None, under: str, asked: str = "") -> str:
    """An act that says which one it was, in the clinic's journal or in the organisation's."""
    made = new_uid(NOW)
    return perform(
        house.store,
        Act(kind="test.note", action=Action.MAINTAIN_USERS, filed_in=filed_in),
        command=asked,
        body=lambda work: Made(uid=made),
        answer=Made,
        actor=actor,
        key=under,
        now=NOW,
    ).uid


@dataclass(frozen=True, kw_only=True)
class Made:
    uid: str


@pytest.mark.parametrize("first, second", [(None, ORGANISATION), (ORGANISATION, None)])
def test_a_key_that_was_consumed_in_one_journal_is_a_conflict_in_the_other(
    house: House, first: JournalName | None, second: JournalName | None
) -> None:
    same, actor = key(), house.clinic.system
    made = in_journal(house, actor, first, same, "this")

    with pytest.raises(KeyReused):
        in_journal(house, actor, second, same, "that")

    assert in_journal(house, actor, first, same, "this") == made
    assert verify(house.store).ok


def test_a_key_that_was_consumed_in_one_clinic_is_a_conflict_in_another(house: House) -> None:
    there, same = house.another_clinic(), key()
    in_journal(house, house.clinic.system, None, same)

    with pytest.raises(KeyReused):
        in_journal(house, there.system, None, same)


def test_a_key_belongs_to_its_author(house: House) -> None:
    same = key()
    ours = in_journal(house, house.clinic.system, None, same)

    theirs = in_journal(house, house.clinic.employ(Role.ADMINISTRATOR), ORGANISATION, same)

    assert ours != theirs


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
