"""A workshop with a clock that tests set, and a postman that notes what he is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.jobs.runner import Workshop
from stockroom.models import Alert, JobRun, OutboxMessage, Receipt, ReceiptLine, StockLevel
from stockroom.outside.mail import Letter, NotDelivered
from stockroom.vocabulary import ArrivalState, CostState
from tests.builders import NOW, Clinic, Goods, LotAt


@dataclass
class Clock:
    """A clock that stands until it is set."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass
class NotingPostman:
    """Keeps letters, or fails as it is told to."""

    letters: list[Letter] = field(default_factory=list)
    failure: NotDelivered | None = None

    def deliver(self, letter: Letter) -> None:
        if self.failure is not None:
            raise self.failure
        self.letters.append(letter)


def shop_of(store: Store, *, at: datetime = NOW, postman: Any = None) -> Workshop:
    return Workshop(store=store, postman=postman or NotingPostman(), clock=Clock(at))


def at(shop: Workshop, instant: datetime) -> Workshop:
    """The same workshop, later."""
    return Workshop(store=shop.store, postman=shop.postman, clock=Clock(instant))


def alert_rows(store: Store, **conditions: Any) -> list[Any]:
    with store.reading() as connection:
        return list(
            connection.execute(select(Alert.__table__).filter_by(**conditions).order_by(Alert.id)).all()
        )


def run_rows(store: Store, **conditions: Any) -> list[Any]:
    with store.reading() as connection:
        return list(
            connection.execute(select(JobRun.__table__).filter_by(**conditions).order_by(JobRun.id)).all()
        )


def messages(store: Store) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(OutboxMessage.__table__).order_by(OutboxMessage.id)).all())


def written(store: Store, statement: Any) -> None:
    """Write something that no operation does."""
    with store.engine.connect().execution_options(write=True) as connection, connection.begin():
        if isinstance(statement, str):
            connection.exec_driver_sql(statement)
        else:
            connection.execute(statement)


def minimum(clinic: Clinic, product: Goods, count: int, *, target: int | None = None) -> None:
    """Set a minimum straight in the table."""
    written(
        clinic.store,
        insert(StockLevel).values(
            clinic_id=clinic.id,
            product_id=product.id,
            minimum_count=count,
            target_count=target or count,
            version=1,
            created_at=NOW,
            updated_at=NOW,
        ),
    )


def cost(clinic: Clinic, lot: LotAt, quantity: int, *, unit_cost_minor: int | None) -> None:
    """Say what the goods of a lot cost, as their delivery would."""
    assert lot.movement is not None
    received_by_id = clinic.manager.person_id
    with clinic.store.engine.connect().execution_options(write=True) as connection, connection.begin():
        receipt_id = connection.execute(
            insert(Receipt)
            .values(
                uid=new_uid(NOW),
                clinic_id=clinic.id,
                supplier_id=None,
                delivery_note="",
                arrived_at=NOW,
                state_on_arrival=ArrivalState.GOOD,
                received_by_id=received_by_id,
                movement_id=lot.movement.movement_id,
                books_begin_on=NOW.date(),
            )
            .returning(Receipt.id)
        ).scalar_one()
        connection.execute(
            insert(ReceiptLine).values(
                uid=new_uid(NOW),
                clinic_id=clinic.id,
                receipt_id=receipt_id,
                n=1,
                line_id=lot.movement.line_ids[0],
                lot_id=lot.id,
                pack_count=1,
                quantity=quantity,
                cost_state=CostState.UNKNOWN if unit_cost_minor is None else CostState.PRICED,
                unit_cost_minor=unit_cost_minor,
                currency=None if unit_cost_minor is None else "EUR",
            )
        )
