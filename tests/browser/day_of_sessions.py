"""The steps of a clinic's day as a nurse and a second person take them on the screens, each counted and timed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import uuid4

from playwright.sync_api import Request
from sqlalchemy import text

from stockroom import clock
from stockroom.operations.plan_session import NeedOf, PlanSession, plan_session
from tests.browser.at_bench import actor_at, one, shown
from tests.browser.shop import Shop
from tests.browser.visiting import ALL_SENT, Visit

_PATIENTS = """
    SELECT patient.uid FROM patient WHERE allergies_asked_at IS NOT NULL AND merged_into_id IS NULL
      AND data_key IS NOT NULL AND id NOT IN (SELECT patient_id FROM patient_allergy)
      AND id NOT IN (SELECT patient_id FROM patient_class_allergy) AND id NOT IN (SELECT patient_id FROM patient_flag)
    ORDER BY id DESC LIMIT :count
"""


@dataclass(kw_only=True)
class Played:
    """A session as it was played, with what it took."""

    name: str
    uid: str
    items: int = 0
    """Things that were used, opened or mixed in."""
    scans: int = 0
    taps: int = 0
    others: int = 0
    """Taps of the second person."""
    seconds: float = 0.0


@dataclass(kw_only=True)
class Day:
    """The day: who plays it, what was played, and how long the server took for each page."""

    shop: Shop
    nurse: Visit
    second: Visit
    badge: str
    """The second person's, as a scanner reads it."""
    played: list[Played] = field(default_factory=list)
    pages: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for each in (self.nurse, self.second):
            each.expects_refusals = True
            each.page.on("requestfinished", self._time)

    def _time(self, request: Request) -> None:
        """How long the server took, of pages and of what is sent from them."""
        if request.resource_type in ("document", "fetch"):
            took = request.timing["responseStart"] - request.timing["requestStart"]
            parts = request.url.partition("/c/")[2].split("?")[0].split("/")[1:]
            self.pages.append(
                (took, f"{request.method} /{'/'.join('…' if len(part) == 36 else part for part in parts)}")
            )

    def play(self, name: str, uid: str) -> Played:
        """Begin with a session; what is scanned and tapped from now on is counted for it."""
        self.played.append(Played(name=name, uid=uid))
        self.nurse.scans = self.nurse.taps = self.second.taps = self.second.scans = 0
        self._began = time.monotonic()
        return self.played[-1]

    def over(self, played: Played) -> None:
        """Write down what it took."""
        played.scans, played.taps, played.others = self.nurse.scans, self.nurse.taps, self.second.taps
        played.seconds = time.monotonic() - self._began

    def arrive(self, uid: str) -> None:
        """From Today to the bench: she is here, everything was done beforehand, nothing has changed."""
        self.nurse.press(self.nurse.page.locator(f'a[href$="{uid}/arrival"]'))
        self.nurse.press(self.nurse.page.locator("main button[name=asked]").first)
        self.nurse.page.locator("#bench-scan-input").wait_for()

    def take(self, scan: str) -> str:
        """Scan something at the bench and answer what is asked, until it is used or stopped; give the outcome."""
        outcome = self.scanned(scan)
        while outcome not in ("used", "extra", "stop-refused"):
            if outcome == "stop-which":
                self.nurse.press(self.nurse.page.locator("#bench button.choice:not(.choice-stopped)").first)
            else:
                raise AssertionError(self.nurse.page.locator("#bench").inner_text()[:400])
            outcome = self._outcome()
        if outcome != "stop-refused":
            self.played[-1].items += 1
        return outcome

    def scanned(self, scan: str) -> str:
        """Scan something at the bench; give what came of it."""
        self.nurse.scan(scan)
        return self._outcome()

    def _outcome(self) -> str:
        self.nurse.page.wait_for_timeout(20)  # the key press is handled
        self.nurse.page.wait_for_function(ALL_SENT)
        return self.nurse.page.locator("#bench").get_attribute("data-outcome") or ""

    def put_aside(self) -> None:
        """What was refused is not used."""
        self.nurse.tap("Understood: it was not used")

    def finish(self) -> None:
        """Finish it; where something is still to be looked at, that is looked at first."""
        self.nurse.tap("Finish")
        self.nurse.page.wait_for_url(lambda url: url.endswith(("/today", "/finish")))
        if self.nurse.page.url.endswith("/finish"):
            self.nurse.tap("Finish", exact=True)
            self.nurse.page.wait_for_url("**/today")

    def sign(self, uid: str) -> None:
        """The second person looks at it and signs."""
        self.second.go("today")
        self.second.taps = 0
        self.second.page.locator("details.visits-over").evaluate_all(
            "all => all.forEach(each => each.open = true)"
        )
        self.second.press(self.second.page.locator(f'a.visit[href$="{uid}"]'))
        self.second.page.wait_for_url("**/sessions/*")
        self.second.tap("Sign off", exact=True)
        self.second.page.locator("#bench-head").get_by_text("signed").wait_for()

    def mix(self, first: str) -> None:
        """Make the cocktail that is planned, as the page advises: at the bench what goes in first is scanned.

        The second person checks it with the badge; then it waits at the bench.
        """
        nurse = self.nurse
        nurse.scan(first)
        nurse.page.wait_for_url("**/prepare/*")
        nurse.page.locator(".last-line, [data-stop]").first.wait_for()
        self._put_in()
        advice = nurse.page.locator(".want-take")
        while (lacking := advice.count()) > 0:
            nurse.scan(_advised(self.shop, advice.first.inner_text()))
            nurse.page.wait_for_function(_TAKEN, arg=lacking)
            self._put_in()
        nurse.scan(self.badge)
        nurse.page.locator("#bench .act-opened .act-code").wait_for()

    def _put_in(self) -> None:
        """Answer which vial it is, where that is asked; what was scanned is in it."""
        page = self.nurse.page
        if page.locator("[data-stop=which]").count():
            self.nurse.press(page.locator("[data-stop=which] button.choice:not(.choice-stopped)").first)
            page.locator("[data-stop]").wait_for(state="detached")
        stopped = page.locator("[data-stop]")
        assert not stopped.count(), stopped.first.inner_text()
        self.played[-1].items += 1

    def use_what_was_made(self) -> None:
        """The cocktail that waits at the bench is given: its label is scanned, as that of any other item."""
        code = self.nurse.page.locator("#bench .act-opened .act-code").inner_text().strip()
        assert self.take(f"SRP:{code}") == "used"

    def call_off(self, uid: str) -> None:
        """It does not take place; the cocktail that was made for it is thrown away."""
        nurse = self.nurse
        nurse.press(nurse.page.locator("details.steps-more summary"))
        nurse.tap("Cancel it")
        nurse.page.locator("#bench-head").get_by_text("cancelled").wait_for()
        nurse.tap("Discard it, or give it to another session")
        nurse.page.wait_for_url("**/prepare/*")
        nurse.tap("Discard it")
        nurse.page.wait_for_url("**/disposal**")
        reason = nurse.page.locator("main select[name=reason]")
        nurse.choose(reason, reason.locator("option").nth(1).inner_text())
        nurse.press(nurse.page.locator("main form button.btn-danger, main form button.btn-primary").last)
        nurse.page.wait_for_url(lambda url: "/disposal" not in url)

    def react(self, uid: str) -> None:
        """She reacts; it is written down from the session's page."""
        nurse = self.nurse
        nurse.press(nurse.page.locator(f'a[href$="{uid}/reactions"]'))
        nurse.page.wait_for_url("**/reactions")
        nurse.choose(nurse.page.get_by_label("What it is"), "Swelling")
        nurse.choose(nurse.page.get_by_label("How grave"), "moderate")
        nurse.tap("Write it down")
        nurse.page.locator("main h2", has_text="Swelling").wait_for()

    def table(self) -> str:
        """What each session took, and the slowest pages by what the server took."""
        rows = [f"{'session':<34}{'items':>6}{'scans':>6}{'taps':>6}{'second':>7}{'s':>6}"]
        rows += [
            f"{each.name:<34}{each.items:>6}{each.scans:>6}{each.taps:>6}{each.others:>7}{each.seconds:>6.1f}"
            for each in self.played
        ]
        slowest = sorted(self.pages, reverse=True)[:3]
        rows.append("slowest: " + "; ".join(f"{took:.0f} ms {page}" for took, page in slowest))
        return "\n".join(rows)


_TAKEN = "lacking => document.querySelectorAll('.want-take').length < lacking || document.querySelector('[data-stop]')"


def _advised(shop: Shop, advice: str) -> str:
    """What is scanned when one does what the page says: the vial's label, or the pack of the lot."""
    words = advice.split()
    if "open," in words:
        return f"SRC:{words[words.index('open,') - 1]}"
    row = one(
        shop,
        "SELECT t.code FROM lot JOIN trade_item t ON t.product_id = lot.product_id WHERE lot.number = :number"
        " AND lot.clinic_id = (SELECT min(id) FROM clinic) AND t.presentation_count = 1 ORDER BY t.id LIMIT 1",
        number=words[words.index("lot") + 1],
    )
    return f"01{row.code}10{words[words.index('lot') + 1]}"


def patients(shop: Shop, count: int) -> list[str]:
    """Patients of the demo against whom nothing speaks, the newest first: the first ones are other tests'; their ids."""
    with shop.store.reading() as connection:
        return [shown(row.uid) for row in connection.execute(text(_PATIENTS), {"count": count})]


def planned(shop: Shop, patient_uid: str, room: str, needs: Iterable[tuple[str, int]]) -> str:
    """Plan a session of this patient now, with needs by product; give its id."""
    nurse, practitioner, now = actor_at(shop, "nurse"), actor_at(shop, "practitioner"), clock.now()
    place = one(
        shop,
        "SELECT uid FROM location WHERE name = :room AND clinic_id = (SELECT min(id) FROM clinic)",
        room=room,
    )
    command = PlanSession(
        patient_uid=patient_uid,
        planned_at=now,
        practitioner_uid=practitioner.person_uid,
        room_uid=shown(place.uid),
        needs=tuple(NeedOf(product_uid=uid, quantity=quantity) for uid, quantity in needs),
    )
    return plan_session(shop.store, command, actor=nurse, key=uuid4().hex, now=now).session_uid


def product_of(shop: Shop, name: str) -> str:
    """The id of a product of the demo."""
    return shown(one(shop, "SELECT uid FROM product WHERE name = :name", name=name).uid)


def journalled(shop: Shop, since: int) -> dict[str, int]:
    """How many entries of each kind the clinic's journal got since the one of this number."""
    with shop.store.reading() as connection:
        rows = connection.execute(
            text(
                "SELECT kind, count(*) AS n FROM journal_entry WHERE stream = 'changes' AND seq > :since"
                " AND clinic_id = (SELECT min(id) FROM clinic) GROUP BY kind ORDER BY kind"
            ),
            {"since": since},
        )
        return {row.kind: row.n for row in rows}


def newest_entry(shop: Shop) -> int:
    """The number of the newest entry in the clinic's journal."""
    row = one(
        shop,
        "SELECT max(seq) AS seq FROM journal_entry WHERE stream = 'changes'"
        " AND clinic_id = (SELECT min(id) FROM clinic)",
    )
    return int(row.seq)
