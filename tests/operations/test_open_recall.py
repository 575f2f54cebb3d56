"""Does a recall reach every clinic, every cocktail and every promise at once, and is its notice filed?"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.recall_notices import FileGiven, FileTooLarge, content_of
from stockroom.models import (
    ClinicHold,
    Lot,
    OrganisationEntry,
    ProductHold,
    RecallCase,
    RecallFile,
    RecallLot,
    RecallNotice,
    RecallSession,
)
from stockroom.operations.open_recall import (
    AddToRecall,
    FileNotice,
    OpenRecall,
    add_to_recall,
    file_notice,
    open_recall,
)
from stockroom.reads.arrivals import ArrivingLine
from stockroom.reads.recall_cases import any_case
from stockroom.reads.recall_lines import AlreadyRecalled, ConfirmedLine
from stockroom.reads.things import Where, things
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.recalling import PatternMatchesEverything
from stockroom.vocabulary import HoldReason, RecallState, ScopeKind
from tests.builders import FAR, NOW, Goods, House, key
from tests.correcting import (
    alerts,
    books_are_true,
    nothing_moves,
    open_vial,
    prepare,
    promise,
    rows,
    state_of,
    total,
    use,
    visit,
)
from tests.recalls import lot_line, notice, recalled
from tests.receiving import take_in

NOBODY = "0195f0c0-0000-7000-8000-000000000000"
RECALLED, FREE = {frozenset({"recall"})}, {frozenset[str]()}


def reasons(house: House, lot_id: int) -> set[frozenset[str]]:
    """Why a lot is held, over all places in its clinic."""
    clinic_id = rows(house.store, Lot, Lot.id == lot_id)[0].clinic_id
    with house.store.reading() as connection:
        found = things(connection, clinic_id, Where(lot_ids=[lot_id]))
    return {frozenset(reason.value for reason in each.hold_reasons) for each in found}


def line_of(product: Goods, kind: ScopeKind, said: str, last: str = "") -> ConfirmedLine:
    if kind is ScopeKind.PATTERN:
        return ConfirmedLine(product_uid=product.uid, kind=kind, pattern=said)
    return ConfirmedLine(product_uid=product.uid, kind=kind, first=said, last=last)


def state(store: Store, case_uid: str) -> RecallState:
    with store.reading() as connection:
        return any_case(connection, case_uid).state


def test_a_recall_holds_the_lot_in_every_clinic_and_what_comes_later(store: Store) -> None:
    house = House(store)
    rila = house.another_clinic()
    product = house.product("Filler")
    here = house.clinic.lot_on_shelf(product, "A1")
    there = rila.lot_on_shelf(product, "A1")
    other = rila.lot_on_shelf(product, "B2")
    before = total(store, house.clinic)

    placed = recalled(store, product.uid, "A1", actor=house.practitioner, now=NOW)

    third = house.another_clinic("Pirin")
    later = third.lot_on_shelf(product, "A1", now=NOW)
    assert set(placed.lot_uids) == {here.uid, there.uid}
    assert reasons(house, here.id) == reasons(house, there.id) == reasons(house, later.id) == RECALLED
    assert reasons(house, other.id) == FREE
    assert total(store, house.clinic) == before
    books_are_true(store)


def test_a_recall_of_a_product_covers_all_its_lots(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lots = [house.clinic.lot_on_shelf(product, number) for number in ("A1", "B2")]

    recalled(store, product.uid, None, actor=house.manager, now=NOW)

    assert [reasons(house, lot.id) for lot in lots] == [RECALLED, RECALLED]


def test_a_recall_reaches_cocktails_made_of_cocktails_in_their_clinics(store: Store) -> None:
    house = House(store)
    rila = house.another_clinic()
    product, bystander = house.product("Filler"), house.product("Saline")
    made = []
    for clinic in (house.clinic, rila):
        lot = clinic.lot_on_shelf(product, "A1")
        vial = open_vial(clinic, product, lot)
        first, _ = prepare(clinic, (lot, vial.place, 1000), output=1000)
        second, _ = prepare(clinic, (first, clinic.fridge, 500), output=400)
        clean = clinic.lot_on_shelf(bystander, "S1")
        clean_vial = open_vial(clinic, bystander, clean)
        untouched, _ = prepare(clinic, (clean, clean_vial.place, 100), output=100)
        made.append((first, second, untouched))

    placed = recalled(store, product.uid, "A1", actor=house.practitioner, now=NOW)

    assert set(placed.prepared_lot_uids) == {
        each.uid for first, second, _ in made for each in (first, second)
    }
    for first, second, untouched in made:
        assert reasons(house, first.id) == reasons(house, second.id) == RECALLED
        assert reasons(house, untouched.id) == FREE
    holds = rows(store, ClinicHold)
    assert {(row.clinic_id, row.lot_id, row.reason) for row in holds} == {
        (clinic.id, each.id, "recall")
        for clinic, (first, second, _) in zip((house.clinic, rila), made, strict=True)
        for each in (first, second)
    }


def test_what_was_promised_of_a_recalled_lot_or_its_cocktail_is_lost_in_every_clinic(store: Store) -> None:
    house = House(store)
    rila = house.another_clinic()
    product = house.product("Filler")
    here = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    vial = open_vial(house.clinic, product, here)
    mixed, _ = prepare(house.clinic, (here, vial.place, 1000), output=900)
    there = rila.lot_on_shelf(product, "A1")
    session, far = visit(house), visit(house, "Ana Demova", clinic=rila)
    promised = [
        promise(house.clinic, here, vial.place, 700, session),
        promise(house.clinic, mixed, house.clinic.fridge, 300, session),
        promise(rila, there, rila.fridge, 5000, far),
    ]

    placed = recalled(store, product.uid, "A1", actor=house.practitioner, now=NOW + timedelta(minutes=1))

    assert [state_of(store, each) for each in promised] == ["lost", "lost", "lost"]
    assert set(placed.lost_allocation_uids) == {each.uid for each in promised}
    raised = alerts(store)
    assert {row.subject_uid for row in raised} == {each.uid for each in promised}
    assert sorted(row.clinic_id for row in raised) == sorted([house.clinic.id, house.clinic.id, rila.id])
    books_are_true(store)


def test_a_case_keeps_its_notice_its_file_and_its_lines_and_its_entry_names_them(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    command = OpenRecall(
        title="Filler A1",
        notice=notice("FSN 7"),
        file=FileGiven(file_name="../letter.pdf", content=b64encode(b"%PDF-1.4 letter").decode()),
        lines=(lot_line(product.uid, "A1"),),
    )

    opened = open_recall(store, command, actor=house.practitioner, key=key(), now=NOW)

    entry = rows(store, OrganisationEntry, OrganisationEntry.kind == "recall.open")
    assert len(entry) == 1
    for uid in (opened.case_uid, opened.notice_uid, opened.file_uid, *opened.hold_uids):
        assert uid is not None and uid in entry[0].payload
    case, held, kept = rows(store, RecallCase)[0], rows(store, ProductHold)[0], rows(store, RecallFile)[0]
    assert (case.number, case.is_mock) == (opened.number, False) == (1, False)
    assert (held.uid, held.lot_number, held.reason) == (opened.hold_uids[0], "A1", HoldReason.RECALL.value)
    assert held.case_id == case.id
    assert (kept.file_name, kept.media_type, kept.size) == ("_letter.pdf", "application/pdf", 15)
    assert content_of(store.keyring, kept) == b"%PDF-1.4 letter" and b"letter" not in kept.content
    books_are_true(store)


def test_a_notice_is_filed_before_its_lots_are_known_and_they_come_later(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "LF2305")
    filed = open_recall(
        store, OpenRecall(title="Filler", notice=notice()), actor=house.manager, key=key(), now=NOW
    )
    assert state(store, filed.case_uid) is RecallState.FILED and reasons(house, lot.id) == FREE

    added = add_to_recall(
        store,
        AddToRecall(case_uid=filed.case_uid, lines=(line_of(product, ScopeKind.RANGE, "LF2301", "LF2310"),)),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )

    assert added.lot_uids == (lot.uid,) and reasons(house, lot.id) == RECALLED
    assert state(store, filed.case_uid) is RecallState.OPEN
    books_are_true(store)


@pytest.mark.parametrize(
    ("line", "fits", "fits_not"),
    [
        ((ScopeKind.RANGE, "LF2301", "LF2310"), "LF2307", "LF2311"),
        ((ScopeKind.PATTERN, "HY24*"), "HY24-9", "hy24-9"),
    ],
)
def test_a_lot_that_comes_later_and_fits_a_range_or_pattern_is_held_from_the_first(
    store: Store, line: tuple[Any, ...], fits: str, fits_not: str
) -> None:
    house = House(store)
    product = house.product("Filler")
    case = OpenRecall(title="Filler", notice=notice(), lines=(line_of(product, *line),))
    opened = open_recall(store, case, actor=house.manager, key=key(), now=NOW)
    assert opened.hold_uids == ()

    for number in (fits, fits_not, fits):
        take_in(
            house,
            ArrivingLine(
                location_uid=house.clinic.fridge.uid,
                product_uid=product.uid,
                lot_number=number,
                expires_on=FAR,
            ),
        )

    held, free = (rows(store, Lot, Lot.number == number)[0] for number in (fits, fits_not))
    assert reasons(house, held.id) == RECALLED and reasons(house, free.id) == FREE
    assert len(rows(store, ProductHold)) == len(rows(store, RecallLot)) == 1
    books_are_true(store)


def test_a_pattern_of_every_lot_asks_with_the_count(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    for number in ("A1", "A2", "A3"):
        house.clinic.lot_on_shelf(product, number)
    asked = line_of(product, ScopeKind.PATTERN, "A*")
    opened = OpenRecall(title="Filler", notice=notice(), lines=(asked,))
    manager = house.manager

    with nothing_moves(sqlite_store), pytest.raises(PatternMatchesEverything) as refused:
        open_recall(sqlite_store, opened, actor=manager, key=key(), now=NOW)
    meant = replace(opened, lines=(replace(asked, covers_everything=True),))
    done = open_recall(sqlite_store, meant, actor=manager, key=key(), now=NOW)

    assert refused.value.count == 3 and len(done.hold_uids) == 3


def test_the_same_recall_is_not_opened_twice_but_replayed(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lines = (lot_line(product.uid, "A1"), line_of(product, ScopeKind.PATTERN, "B*"))
    command = OpenRecall(title="Filler", notice=notice("FSN 9"), lines=lines)
    first = open_recall(sqlite_store, command, actor=house.practitioner, key="same", now=NOW)
    manager = house.manager

    with nothing_moves(sqlite_store):
        assert open_recall(sqlite_store, command, actor=house.practitioner, key="same", now=NOW) == first
        for again in (
            replace(command, notice=notice("fsn  9", issuer="MAKER"), lines=()),
            replace(command, notice=notice("other"), lines=lines[:1]),
            replace(command, notice=notice("other"), lines=lines[1:]),
        ):
            with pytest.raises(AlreadyRecalled) as refused:
                open_recall(sqlite_store, again, actor=manager, key=key(), now=NOW)
            assert refused.value.case_uid == first.case_uid and "R-1" in str(refused.value)


def test_an_exercise_holds_nothing_and_lists_its_sessions(store: Store) -> None:
    house = House(store)
    clinic = house.clinic
    product = house.product("Filler", content_quantity=5000)
    lot = clinic.lot_on_shelf(product, "A1")
    vial = open_vial(clinic, product, lot)
    session = visit(house)
    use(clinic, session, (lot, vial.place, 500))

    command = OpenRecall(title="Drill", notice=None, is_mock=True, lines=(lot_line(product.uid, "A1"),))
    opened = open_recall(store, command, actor=house.manager, key=key(), now=NOW)

    assert opened.hold_uids == () and opened.session_count == 1
    assert reasons(house, lot.id) == FREE and rows(store, ProductHold) == []
    assert [row.session_id for row in rows(store, RecallSession)] == [session.id]
    books_are_true(store)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"title": " "}, InvalidValue),
        ({"notice": None}, InvalidValue),
        ({"notice": replace(notice(), reference="")}, InvalidValue),
        ({"notice": replace(notice(), received_at=NOW + timedelta(days=1))}, InvalidValue),
        ({"lines": (ConfirmedLine(product_uid=NOBODY, kind=ScopeKind.LOT, first="A1"),)}, ThingNotFound),
        ({"lines": (ConfirmedLine(product_uid=NOBODY, kind=ScopeKind.PATTERN, pattern=""),)}, InvalidValue),
        ({"lines": (ConfirmedLine(product_uid=NOBODY, kind=ScopeKind.PATTERN, pattern="*"),)}, InvalidValue),
        ({"file": FileGiven(file_name="a", content="")}, FileTooLarge),
        ({"file": FileGiven(file_name="a", content="no base64")}, InvalidValue),
    ],
)
def test_a_recall_that_says_too_little_is_refused(
    sqlite_store: Store, changed: dict[str, Any], refusal: type[Exception]
) -> None:
    house = House(sqlite_store)
    command = replace(OpenRecall(title="Filler", notice=notice()), **changed)
    actor = house.practitioner

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        open_recall(sqlite_store, command, actor=actor, key=key(), now=NOW)


def test_a_nurse_recalls_nothing(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    nurse = house.nurse
    opened = open_recall(
        sqlite_store, OpenRecall(title="R", notice=notice()), actor=house.manager, key=key(), now=NOW
    )
    line = lot_line(house.product("Filler").uid, "A1")

    with nothing_moves(sqlite_store):
        for act in (
            lambda: open_recall(
                sqlite_store, OpenRecall(title="R", notice=notice("2")), actor=nurse, key=key(), now=NOW
            ),
            lambda: file_notice(
                sqlite_store,
                FileNotice(case_uid=opened.case_uid, notice=notice("3")),
                actor=nurse,
                key=key(),
                now=NOW,
            ),
            lambda: add_to_recall(
                sqlite_store,
                AddToRecall(case_uid=opened.case_uid, lines=(line,)),
                actor=nurse,
                key=key(),
                now=NOW,
            ),
        ):
            with pytest.raises(ActionForbidden):
                act()


def test_a_further_notice_counts_from_then_on(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    opened = open_recall(
        sqlite_store, OpenRecall(title="R", notice=notice()), actor=house.manager, key=key(), now=NOW
    )
    later = replace(notice("FSN 1b"), received_by_uid=house.nurse.person_uid)

    file_notice(
        sqlite_store,
        FileNotice(case_uid=opened.case_uid, notice=later),
        actor=house.manager,
        key=key(),
        now=NOW,
    )

    filed = rows(sqlite_store, RecallNotice)
    assert [(row.n, row.reference) for row in filed] == [(1, "FSN 1"), (2, "FSN 1b")]
    assert [row.received_by_id for row in filed] == [house.manager.person_id, house.nurse.person_id]
    books_are_true(sqlite_store)
