"""What did this session cost?  Shown on its page to those who may see what things are worth."""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.access.acting import acting, installation, present
from stockroom.queries.worth_cut import cut_at
from stockroom.queries.worth_session import SessionCost, SessionPart, session_cost
from stockroom.rules.permissions import may
from stockroom.rules.worth_layers import Value
from stockroom.vocabulary import Action
from stockroom.web.formats import today_here
from stockroom.web.worth_words import show_value


@dataclass(frozen=True, kw_only=True)
class CostShown:
    """The cost of a session, and how a value is said."""

    cost: SessionCost

    def said(self, value: Value) -> str:
        """A value in words."""
        return show_value(value)

    @property
    def parts(self) -> tuple[SessionPart, ...]:
        return self.cost.parts


def cost_shown(session_uid: str) -> CostShown | None:
    """Give what a session cost; None for whoever may not see it."""
    actor = acting()
    if not may(actor.roles, Action.READ_WORTH):
        return None
    with installation().reading() as connection:
        cut = cut_at(connection, actor.clinic_id, day=today_here(), now=present())
        return CostShown(cost=session_cost(connection, cut, actor.clinic_id, session_uid=session_uid))
