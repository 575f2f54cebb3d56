"""Do more clinics get more done at once?  Eight clients use pieces in one, two and four clinics on PostgreSQL.

A clinic has one writer at a time; several clinics write beside each other as far as there are cores.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import click

from bench.client import Crowd, Request, send_at_once
from bench.databases import Database, open_database
from bench.http_cases import API
from bench.plan import LINES_MIN, Plan, this_month
from bench.served import CLIENTS
from bench.serving import serving
from stockroom import clock
from stockroom.access.bearer import draw_token, token_hash
from stockroom.db.migrating import upgrade
from stockroom.db.store import Store
from stockroom.operations.mint_token import MintToken, mint_token
from tests.builders import Clinic, House, key
from tests.postgres_cluster import PostgresCluster
from tests.sessions import patient, session

CLINICS = (1, 2, 4)
_SESSIONS, _PIECES = 50, 1_000_000
_numbers = count(1)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--seconds", type=float, default=3.0, show_default=True, help="For each number of clinics, a round."
)
@click.option("--rounds", type=click.IntRange(min=1), default=4, show_default=True)
def main(seconds: float, rounds: int) -> None:
    """Print how many uses a second eight clients get, by the number of clinics; rounds are interleaved."""
    with _opened() as database:
        house = House(database.store)
        clinics = [house.clinic, *(house.another_clinic(f"Clinic {n}") for n in range(2, max(CLINICS) + 1))]
        asked = [_Asked(house, clinic) for clinic in clinics]
        crowds = {number: Crowd() for number in CLINICS}
        with serving(database) as servers:
            send_at_once(servers.stockroom, lambda n: asked[n % 4].use(n), clients=CLIENTS, seconds=seconds)
            for _ in range(rounds):
                for number, crowd in crowds.items():
                    crowd.add(_crowd(servers.stockroom, asked[:number], seconds))
        for number, crowd in crowds.items():
            refused = sum(answer.status // 100 != 2 for _, answer in crowd.answers)
            click.echo(f"{number} clinics {crowd.per_second:8.0f}/s  {refused} were not accepted")


def _crowd(port: int, asked: list[_Asked], seconds: float) -> Crowd:
    return send_at_once(port, lambda n: asked[n % len(asked)].use(n), clients=CLIENTS, seconds=seconds)


@contextmanager
def _opened() -> Iterator[Database]:
    plan = Plan(line_count=LINES_MIN, ends_at=this_month(clock.now().date()))
    with tempfile.TemporaryDirectory(prefix="stockroom-bench-") as name, PostgresCluster() as cluster:
        url = cluster.create_database("clinics")
        store = open_database(url, Path(name))
        try:
            upgrade(store.engine)
            yield Database(kind="postgresql", url=url, folder=Path(name), plan=plan, store=store)
        finally:
            store.engine.dispose()


class _Asked:
    """What is asked of one clinic: a piece of its own for one of its sessions."""

    def __init__(self, house: House, clinic: Clinic) -> None:
        needle = house.needle(f"Needle of {clinic.uid}")
        clinic.lot_on_shelf(needle, "N1", presentations=_PIECES)
        self._product_uid = needle.uid
        self._sessions = [session(house, patient(house), clinic=clinic) for _ in range(_SESSIONS)]
        self._token = _token(house.store, clinic)

    def use(self, n: int) -> Request:
        line = {"thing": {"product_uid": self._product_uid}, "quantity": {"quantity": "1", "unit": "piece"}}
        path = f"{API}/sessions/{self._sessions[n % len(self._sessions)]}/usages"
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": f"use-{next(_numbers)}"}
        return Request(method="POST", path=path, body={"lines": [line]}, headers=headers)


def _token(store: Store, clinic: Clinic) -> str:
    token, now = draw_token(), clock.now()
    command = MintToken(
        name="bench", token_hash=token_hash(token), actions=None, expires_at=now + timedelta(days=1)
    )
    mint_token(store, command, actor=clinic.nurse, key=key("mint"), now=now)
    return token


if __name__ == "__main__":
    main()
