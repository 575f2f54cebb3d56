"""How long may an opened vial be used where it stands, and what when that place is another than it was?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from stockroom.db.transaction import Work
from stockroom.ledger.lot_followers import write_limits
from stockroom.models import Container, Location, ProductRule
from stockroom.reads.fridges import shorten_mixtures
from stockroom.rules.expiry import container_limit, in_use_minutes
from stockroom.vocabulary import ContainerState, StorageClass


def limit_there(connection: Connection, container: Row[Any], storage_class: str | None) -> datetime | None:
    """Give the limit of a container (its row) that is put where it is so warm: it only shortens; one statement."""
    rule: Any = connection.execute(
        select(ProductRule.in_use_minutes_room, ProductRule.in_use_minutes_refrigerated).where(
            ProductRule.id == container.product_rule_id
        )
    ).one()
    return _limit(container, rule, storage_class)


def shorten_where_they_stand(
    work: Work, place_id: int, storage_class: StorageClass | None
) -> dict[str, datetime | None]:
    """Shorten the open vials in a place that is `storage_class` from now on, and what was mixed from them (L11).

    Gives the limits, as they were, of the containers (by uid) that keep for less long.  One statement where none
    stands there.
    """
    itself = and_(Location.clinic_id == Container.clinic_id, Location.id == Container.location_id)
    standing: Any = work.connection.execute(
        select(
            Container.location_id,
            Container.lot_id,
            Container.opened_at,
            Container.beyond_use_at,
            ProductRule.in_use_minutes_room,
            ProductRule.in_use_minutes_refrigerated,
            Location.uid,
        )
        .join(ProductRule, ProductRule.id == Container.product_rule_id)
        .join(Location, itself)
        .where(
            Container.clinic_id == work.clinic_id,
            Container.stands_in_id == place_id,
            Container.state == ContainerState.OPEN,
        )
        .order_by(Container.location_id)
    )
    limits = {each: _limit(each, each, storage_class) for each in standing}
    shorter = {each: limit for each, limit in limits.items() if limit != each.beyond_use_at}
    write_limits(work, containers={each.location_id: limit for each, limit in shorter.items()}, lots={})
    for lot_id in dict.fromkeys(each.lot_id for each in shorter):
        shorten_mixtures(work, lot_id)
    return {each.uid: each.beyond_use_at for each in shorter}


def _limit(container: Row[Any], rule: Row[Any], storage_class: str | None) -> datetime | None:
    minutes = in_use_minutes(
        storage_class, room=rule.in_use_minutes_room, refrigerated=rule.in_use_minutes_refrigerated
    )
    return container_limit(container.opened_at, minutes, container.beyond_use_at)
