"""Is what somebody read of a journal signed off once, in order, as it was read, and can nobody change it after that?"""

from __future__ import annotations

import pytest
from sqlalchemy import update

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.verify import verify
from stockroom.models import JournalReview
from stockroom.operations.review_journal import (
    AlreadyReviewed,
    JournalReviewed,
    NotAsRead,
    ReviewJournal,
    review_journal,
)
from stockroom.queries.journal_reviews import ToReview, reviews, to_review
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.ledger.planting import unguarded


@pytest.fixture
def house(store: Store) -> House:
    house = House(store)
    assert house.clinic.auditor
    house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    return house


def _due(house: House, stream: str = "changes") -> ToReview:
    with house.store.reading() as connection:
        return to_review(connection, house.clinic.id, stream=stream)


def _review(house: House, due: ToReview, **changed: object) -> JournalReviewed:
    said = {
        "stream": "changes",
        "first_seq": due.first_seq,
        "through_seq": due.through_seq,
        "through_hash": due.through_hash,
        "comment": "All receipts compared with their delivery notes.",
        **changed,
    }
    command = ReviewJournal(**said)  # type: ignore[arg-type]
    return review_journal(house.store, command, actor=house.clinic.auditor, key=key("review"), now=NOW)


def test_a_review_goes_on_where_the_one_before_it_ended(house: House) -> None:
    first = _review(house, _due(house))
    due = _due(house)
    second = _review(house, due)

    assert (first.first_seq, due.first_seq) == (1, first.through_seq + 1)
    assert second.first_seq == due.first_seq
    with house.store.reading() as connection:
        assert [row.uid for row in reviews(connection, house.clinic.id)] == [
            second.review_uid,
            first.review_uid,
        ]
    assert verify(house.store).ok


def test_who_comes_second_is_told_that_it_was_signed_off_meanwhile(house: House) -> None:
    due = _due(house)
    _review(house, due)

    with pytest.raises(AlreadyReviewed) as told:
        _review(house, due)

    assert told.value.through_seq == due.through_seq


@pytest.mark.parametrize("changed", [{"through_hash": "0" * 64}, {"through_seq": 10**6}])
def test_what_does_not_stand_there_as_it_was_read_is_not_signed_off(
    house: House, changed: dict[str, object]
) -> None:
    with pytest.raises(NotAsRead):
        _review(house, _due(house), **changed)


@pytest.mark.parametrize("changed", [{"comment": "  "}, {"comment": "x" * 2_001}, {"stream": "secrets"}])
def test_a_review_says_something_about_a_journal_that_there_is(
    house: House, changed: dict[str, object]
) -> None:
    with pytest.raises(InvalidValue):
        _review(house, _due(house), **changed)


def test_a_manager_signs_nothing_off(house: House) -> None:
    due = _due(house)
    command = ReviewJournal(
        stream="changes", first_seq=1, through_seq=1, through_hash=due.through_hash, comment="x"
    )

    with pytest.raises(ActionForbidden):
        review_journal(house.store, command, actor=house.clinic.manager, key=key("review"), now=NOW)


@pytest.mark.parametrize("forged", [{"through_hash": "0" * 64}, {"first_seq": 2}])
def test_a_review_that_was_changed_is_named(house: House, forged: dict[str, object]) -> None:
    _review(house, _due(house))
    with unguarded(house.store) as connection:
        connection.execute(update(JournalReview).values(forged))

    finding = next(found for found in verify(house.store).findings if found.invariant == "L12")

    assert finding.table == "journal_review"


def test_the_organisations_journal_is_signed_off_too_and_verified(house: House) -> None:
    due = _due(house, "organisation")

    with pytest.raises(NotAsRead):
        _review(house, due, stream="organisation", through_hash="0" * 64)
    done = _review(house, due, stream="organisation")

    assert done.through_seq == due.through_seq > 0
    assert _due(house, "organisation").count == 0
    assert verify(house.store).ok
    with unguarded(house.store) as connection:
        connection.execute(update(JournalReview).values(through_hash="0" * 64))
    assert [each.table for each in verify(house.store).findings] == ["journal_review"]
