"""Does a token never do more than its owner, and is it never kept?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError
from stockroom.ledger.acts import KeyReused
from stockroom.models import ApiToken, JournalEntry
from stockroom.operations.mint_token import LIFE_MAX, MintToken, mint_token
from stockroom.rules.permissions import ActionForbidden, GrantForbidden
from stockroom.vocabulary import Action
from tests.builders import NOW, House, key

ASKED = MintToken(
    name="scale", token_hash="ab" * 32, actions=(Action.USE, Action.OPEN), expires_at=NOW + timedelta(days=9)
)


def test_a_token_is_kept_as_its_hash_with_what_it_may_do(store: Store) -> None:
    house = House(store)

    minted = mint_token(store, ASKED, actor=house.nurse, key=key(), now=NOW)

    with store.reading() as connection:
        row = connection.execute(select(ApiToken.__table__)).one()
        entry = connection.execute(select(JournalEntry.payload).order_by(JournalEntry.seq.desc())).first()
    assert (row.uid, row.token_hash, row.actions) == (minted.token_uid, "ab" * 32, "open use")
    assert (row.user_id, row.clinic_id) == (house.nurse.user_id, house.clinic.id)
    assert entry is not None and "ab" * 32 not in entry.payload


def test_the_same_key_gives_the_same_token_and_another_token_is_a_conflict(store: Store) -> None:
    house, same = House(store), key()

    first = mint_token(store, ASKED, actor=house.nurse, key=same, now=NOW)
    second = mint_token(store, ASKED, actor=house.nurse, key=same, now=NOW)

    assert first == second
    with pytest.raises(KeyReused):
        mint_token(store, replace(ASKED, token_hash="cd" * 32), actor=house.nurse, key=same, now=NOW)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"name": " "}, InvalidValue),
        ({"name": "x" * 81}, InvalidValue),
        ({"name": "a\nb"}, InvalidValue),
        ({"actions": ()}, InvalidValue),
        ({"expires_at": NOW}, InvalidValue),
        ({"expires_at": NOW + LIFE_MAX + timedelta(seconds=1)}, InvalidValue),
        ({"actions": (Action.USE, Action.RECALL)}, GrantForbidden),
    ],
)
def test_a_token_that_may_not_be_is_not_made(
    store: Store, changed: dict[str, object], refusal: type[StockroomError]
) -> None:
    house = House(store)

    with pytest.raises(refusal):
        mint_token(store, replace(ASKED, **changed), actor=house.nurse, key=key(), now=NOW)

    with store.reading() as connection:
        assert connection.execute(select(ApiToken.id)).first() is None


def test_an_auditor_mints_none_and_no_token_mints_another(store: Store) -> None:
    house = House(store)
    mint_token(store, replace(ASKED, actions=None), actor=house.nurse, key=key(), now=NOW)
    with store.reading() as connection:
        token_id = connection.execute(select(ApiToken.id)).scalar_one()
    program = replace(house.nurse, token_id=token_id)

    with pytest.raises(ActionForbidden):
        mint_token(store, ASKED, actor=house.clinic.auditor, key=key(), now=NOW)
    with pytest.raises(GrantForbidden):
        mint_token(store, replace(ASKED, token_hash="cd" * 32), actor=program, key=key(), now=NOW)


def test_the_terminal_hands_an_auditor_a_token_that_may_what_the_auditor_may(store: Store) -> None:
    house = House(store)
    auditor = house.clinic.auditor
    terminal = replace(house.clinic.system, user_id=auditor.user_id)

    mint_token(store, replace(ASKED, actions=None), actor=terminal, key=key(), now=NOW)
    with pytest.raises(GrantForbidden):
        mint_token(store, replace(ASKED, actions=(Action.USE,)), actor=terminal, key=key(), now=NOW)

    with store.reading() as connection:
        owners = connection.execute(select(ApiToken.user_id)).scalars().all()
    assert owners == [auditor.user_id]
