"""Does the day's mail reach those whom it concerns, once, and is it seen when it does not?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from config import load_settings
from stockroom.db.store import Store
from stockroom.jobs.mailing import FAILURES_MAX, LEASE, TRIES_MAX, _claim_next, back_off, postman_of
from stockroom.jobs.runner import Workshop, run
from stockroom.models import Membership, OutboxMessage, User
from stockroom.operations.employ import GiveRole, give_role
from stockroom.outside.mail import FolderPostman, NotDelivered, SmtpPostman
from stockroom.vocabulary import Role
from tests.builders import NOW, House
from tests.jobs.shop import NotingPostman, alert_rows, at, messages, minimum, shop_of, written
from tests.jobs.smtp_server import MailServer, mail_server
from tests.patients import register
from tests.sessions import opened

SENDER = "Stockroom <stock@clinic.example>"


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def _postman(server: MailServer) -> SmtpPostman:
    return SmtpPostman(host="127.0.0.1", port=server.port, sender=SENDER, security="none")


def _something_low(house: House) -> None:
    minimum(house.clinic, house.product("Filler"), 2)
    run(shop_of(house.store), "low-stock")


def _digested(house: House, postman: object = None) -> Workshop:
    """One letter in the outbox, for the manager."""
    assert house.manager
    _something_low(house)
    shop = shop_of(house.store, postman=postman)
    run(shop, "write-digests")
    return shop


def test_managers_and_administrators_are_written_to_once_a_day_and_nurses_are_not(house: House) -> None:
    people = [house.manager, house.clinic.administrator, house.nurse, house.clinic.auditor]
    _something_low(house)
    shop = shop_of(house.store)

    first, second = run(shop, "write-digests"), run(shop, "write-digests")
    next_day = run(at(shop, NOW + timedelta(days=1)), "write-digests")

    assert [(each.done, each.skipped) for each in (first, second, next_day)] == [(2, 0), (0, 2), (2, 0)]
    assert {row.user_id for row in messages(house.store)} == {person.user_id for person in people[:2]}


def test_nobody_is_written_to_before_the_clinics_morning_or_without_anything_to_say(house: House) -> None:
    assert house.manager
    shop = shop_of(house.store)

    quiet = run(shop, "write-digests")
    _something_low(house)
    early = run(at(shop, NOW.replace(hour=3)), "write-digests")  # five in the morning in Sofia

    assert (quiet.done, early.done) == (0, 0)
    assert messages(house.store) == []


def test_what_somebody_sees_to_or_put_off_is_not_mailed(house: House) -> None:
    assert house.manager
    _something_low(house)
    written(
        house.store,
        "UPDATE alert SET state = 'acknowledged', answered_at = raised_at,"
        " answered_by_id = (SELECT min(id) FROM person)",
    )

    assert run(shop_of(house.store), "write-digests").done == 0


def test_a_practitioner_is_written_to_of_deviations_alone(house: House) -> None:
    assert house.practitioner
    _something_low(house)

    assert run(shop_of(house.store), "write-digests").done == 0


def test_a_letter_names_products_and_places_and_never_a_patient(house: House, server: MailServer) -> None:
    register(house, "Verysecret Name")
    lot = house.clinic.lot_on_shelf(house.product("Serum", in_use_minutes=60), "S1")
    vial = opened(house, lot)
    run(at(shop_of(house.store), NOW + timedelta(hours=2)), "beyond-use")
    shop = at(_digested(house, _postman(server)), NOW + timedelta(hours=2))

    report = run(shop, "send-notices")

    assert (report.done, report.failed) == (1, 0)
    (letter,) = server.letters
    (row,) = messages(house.store)
    text = letter.get_content()
    assert letter["Message-ID"] == f"<{row.uid}@clinic.example>"
    assert letter["To"].endswith("@vitosha.test")
    assert "Serum" in text and "S1" in text and vial.short_code in text and "Fridge" in text
    assert "Filler" in text and "Low stock" in text and "0 left, minimum 2 · not ordered" in text
    assert "since 2 Mar 2026 11:00" in text  # by the clinic's wall
    assert "Verysecret" not in text + row.body + row.subject
    assert (row.state, row.attempts, row.ended_at) == ("sent", 1, NOW + timedelta(hours=2))
    assert run(shop, "send-notices").done == 0


def test_a_letter_whose_server_broke_off_is_sent_again_under_the_same_id(
    house: House, server: MailServer
) -> None:
    shop = _digested(house, _postman(server))
    server.breaks_off = True
    broken = run(shop, "send-notices")
    server.breaks_off = False

    too_early = run(shop, "send-notices")
    again = run(at(shop, NOW + back_off(1)), "send-notices")

    assert (broken.done, broken.failed) == (0, 1)
    assert (too_early.done, too_early.failed) == (0, 0)
    assert again.done == 1
    assert len(server.letters) == 2
    assert len({letter["Message-ID"] for letter in server.letters}) == 1


def test_a_server_that_is_away_is_asked_again_more_and_more_seldom_and_then_somebody_is_told(
    house: House,
) -> None:
    with mail_server() as gone:
        pass
    shop = _digested(house, _postman(gone))
    now, waits = NOW, []
    for _ in range(TRIES_MAX):
        assert run(at(shop, now), "send-notices").failed == 1
        (row,) = messages(house.store)
        waits.append(row.next_attempt_at - now)
        now = row.next_attempt_at

    assert (row.state, row.attempts, row.last_failure) == ("given_up", TRIES_MAX, "ConnectionRefusedError")
    assert waits == sorted(waits) and waits[0] == timedelta(minutes=5) and waits[-1] == timedelta(hours=6)
    assert run(at(shop, now), "send-notices").failed == 0
    run(at(shop, now), "late-jobs")
    assert [row.state for row in alert_rows(house.store, kind="mail_undelivered")] == ["open"]


def test_a_server_that_is_away_is_not_asked_for_every_letter(house: House) -> None:
    for _ in range(4):
        house.clinic.employ(Role.MANAGER)
    shop = _digested(house, NotingPostman(failure=NotDelivered("ConnectionRefusedError")))

    reports = [run(shop, "send-notices") for _ in range(3)]

    assert [report.failed for report in reports] == [FAILURES_MAX, 2, 0]
    assert {row.attempts for row in messages(house.store)} == {1}


def test_mail_that_arrives_later_ends_the_alert(house: House) -> None:
    shop = _digested(house, NotingPostman(failure=NotDelivered("550", is_permanent=True)))
    run(shop, "send-notices")
    run(shop, "late-jobs")
    tomorrow = NOW + timedelta(days=1)
    well = Workshop(store=house.store, postman=NotingPostman(), clock=at(shop, tomorrow).clock)

    run(well, "write-digests")
    run(well, "send-notices")
    run(well, "late-jobs")

    assert [row.state for row in messages(house.store)] == ["given_up", "sent"]
    assert [row.state for row in alert_rows(house.store, kind="mail_undelivered")] == ["resolved"]


def test_an_address_that_is_refused_for_good_is_not_tried_again(house: House, server: MailServer) -> None:
    server.refuses_recipient = "550 nobody of this name"

    report = run(_digested(house, _postman(server)), "send-notices")

    (row,) = messages(house.store)
    assert (report.failed, row.state, row.attempts, row.last_failure) == (1, "given_up", 1, "550")
    assert report.notes == (f"message {row.uid}: 550",)


@pytest.mark.parametrize("why", ["may no longer log in", "works elsewhere"])
def test_a_letter_to_somebody_who_has_left_is_void(house: House, why: str) -> None:
    shop = _digested(house)
    if why == "works elsewhere":
        written(house.store, delete(Membership).where(Membership.user_id == house.manager.user_id))
    else:
        written(house.store, update(User).where(User.id == house.manager.user_id).values(active=False))

    report = run(shop, "send-notices")

    assert (report.done, report.skipped, report.failed) == (0, 1, 0)
    assert [row.state for row in messages(house.store)] == ["void"]


def test_a_letter_is_claimed_by_one_and_free_again_after_its_lease(house: House) -> None:
    _digested(house)
    store = house.store

    first, second = _claim_next(store, now=NOW), _claim_next(store, now=NOW)
    later = _claim_next(store, now=NOW + LEASE + timedelta(seconds=1))

    assert first is not None and second is None and later is not None
    assert (first.letter, later.fence) == (later.letter, first.fence + 1)


def test_who_was_taken_over_does_not_mark_the_letter(house: House) -> None:
    class Slow(NotingPostman):
        """Takes so long that somebody else sends the letter meanwhile."""

        def deliver(self, letter: object) -> None:
            super().deliver(letter)  # type: ignore[arg-type]
            if len(self.letters) == 1:
                run(at(shop, NOW + LEASE + timedelta(seconds=1)), "send-notices")

    shop = _digested(house, Slow())

    run(shop, "send-notices")

    (row,) = messages(house.store)
    assert (row.state, row.attempts, row.fence, row.ended_at) == (
        "sent",
        1,
        2,
        NOW + LEASE + timedelta(seconds=1),
    )
    assert isinstance(shop.postman, NotingPostman)
    assert len({letter.uid for letter in shop.postman.letters}) == 1


def test_four_who_send_at_once_send_each_letter_once(house: House) -> None:
    assert house.clinic.administrator
    for _ in range(6):
        house.clinic.employ(Role.MANAGER)
    shop = _digested(house)
    threads = [threading.Thread(target=run, args=(shop, "send-notices")) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert isinstance(shop.postman, NotingPostman)
    sent = [letter.uid for letter in shop.postman.letters]
    assert sorted(sent) == sorted(set(sent)) and len(sent) == len(messages(house.store)) == 8


def test_without_a_mail_server_letters_lie_in_a_folder(house: House, tmp_path: Path) -> None:
    settings = load_settings(environment={"STOCKROOM_INSTANCE": str(tmp_path)})
    postman = postman_of(settings)
    assert isinstance(postman, FolderPostman)

    run(_digested(house, postman), "send-notices")

    (file,) = (tmp_path / "outbox").iterdir()
    letter = message_from_bytes(file.read_bytes(), policy=default)
    assert file.name == f"{messages(house.store)[0].uid}.eml"
    assert "Filler" in letter.get_payload()


def test_a_name_that_would_break_a_header_is_not_sent(tmp_path: Path, sqlite_store: Store) -> None:
    house = House(sqlite_store)
    shop = _digested(house, FolderPostman(folder=tmp_path / "outbox"))
    written(sqlite_store, update(OutboxMessage).values(subject="Hello\nBcc: everybody@example.test"))

    report = run(shop, "send-notices")

    assert report.failed == 1
    assert not (tmp_path / "outbox").exists() or list((tmp_path / "outbox").iterdir()) == []


def test_the_settings_name_the_mail_server(tmp_path: Path) -> None:
    settings = load_settings(
        environment={
            "STOCKROOM_INSTANCE": str(tmp_path),
            "STOCKROOM_SMTP_HOST": "mail.clinic.example",
            "STOCKROOM_SMTP_PORT": "465",
            "STOCKROOM_SMTP_SECURITY": "tls",
            "STOCKROOM_SMTP_USER": "stock",
            "STOCKROOM_SMTP_PASSWORD": "a secret",
            "STOCKROOM_MAIL_FROM": SENDER,
        }
    )

    assert postman_of(settings) == SmtpPostman(
        host="mail.clinic.example", port=465, sender=SENDER, user="stock", password="a secret", security="tls"
    )
    assert "a secret" not in repr(settings) + repr(postman_of(settings))


def test_a_server_without_encryption_gets_no_letter_when_encryption_was_asked_for(
    house: House, server: MailServer
) -> None:
    postman = SmtpPostman(host="127.0.0.1", port=server.port, sender=SENDER)

    report = run(_digested(house, postman), "send-notices")

    assert report.failed == 1
    assert server.letters == []


def test_a_manager_of_two_clinics_gets_the_mail_of_each(house: House) -> None:
    other = house.another_clinic("Rila")
    with house.store.reading() as connection:
        manager_uid = connection.execute(
            select(User.uid).where(User.id == house.manager.user_id)
        ).scalar_one()
    given = GiveRole(user_uid=manager_uid, role=Role.MANAGER)
    give_role(house.store, given, actor=other.system, key="both", now=NOW)
    filler = house.product("Filler")
    minimum(house.clinic, filler, 2)
    minimum(other, filler, 3)
    run(shop_of(house.store), "low-stock")

    report = run(shop_of(house.store), "write-digests")

    assert (report.done, report.failed) == (2, 0)
