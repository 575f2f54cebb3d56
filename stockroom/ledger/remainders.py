"""How does what is left of a finished session go?  One disposal; its vials end, finished or discarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from stockroom.db.transaction import Work
from stockroom.ledger.disposals import Document, throw_away
from stockroom.ledger.post import Posted
from stockroom.models import Container, ProductRule
from stockroom.rules.usability import Thing
from stockroom.vocabulary import ContainerState, DisposalReason


@dataclass(frozen=True, kw_only=True)
class RemaindersGone:
    """What a finished session left behind; nothing was posted when every vial was empty."""

    posted: Posted | None
    thrown: tuple[Thing, ...]
    ended: tuple[str, ...]
    """Short codes of the vials that are no longer open."""


NOTHING_LEFT = RemaindersGone(posted=None, thrown=(), ended=())


def end_remainders(work: Work, left: Sequence[Thing], *, session_uid: str) -> RemaindersGone:
    """Throw away these things whole, as remainder of the session, and end the vials among them.

    A vial is *finished* when no more was in it than usually stays behind, else *discarded*.
    """
    return end_things(
        work, left, reason=DisposalReason.REMAINDER, document=Document(kind="session", uid=session_uid)
    )


def end_things(
    work: Work, left: Sequence[Thing], *, reason: DisposalReason, document: Document, note: str = ""
) -> RemaindersGone:
    """Throw away these things whole in one movement, and end the vials among them.

    A vial is *finished* when no more was in it than usually stays behind, else *discarded*.
    """
    full = tuple(each for each in left if each.quantity)
    thrown = None
    if full:
        thrown = throw_away(
            work,
            [(each, each.quantity) for each in full],
            reason=reason,
            note=note,
            document=document,
        )
    vials = {each.location_id: each for each in left if each.is_opened}
    usual = _usual_rests(work, vials)
    for state in (ContainerState.FINISHED, ContainerState.DISCARDED):
        ends = [
            key
            for key, each in vials.items()
            if (each.quantity <= usual[key]) == (state is ContainerState.FINISHED)
        ]
        _end(work, ends, state)
    ended = tuple(sorted(each.container_code or "" for each in vials.values()))
    work.payload["ended"] = list(ended)
    return RemaindersGone(posted=thrown.posted if thrown else None, thrown=full, ended=ended)


def _usual_rests(work: Work, vials: dict[int, Thing]) -> dict[int, int]:
    rows = work.connection.execute(
        select(Container.location_id, ProductRule.residual_max_quantity)
        .join(ProductRule, ProductRule.id == Container.product_rule_id)
        .where(Container.clinic_id == work.clinic_id, Container.location_id.in_(vials))
    )
    return {row.location_id: row.residual_max_quantity for row in rows}


def _end(work: Work, location_ids: list[int], state: ContainerState) -> None:
    if location_ids:
        work.connection.execute(
            update(Container)
            .where(Container.clinic_id == work.clinic_id, Container.location_id.in_(location_ids))
            .values(state=state, closed_at=work.recorded_at, closed_by_id=work.actor.person_id)
        )
