"""Who looks at the demo's books from outside?  An inspector for two weeks, and an auditor who needed names once."""

from __future__ import annotations

from datetime import datetime, timedelta

from stockroom.demo.log_ins import MAIL_DOMAIN
from stockroom.demo.town import House, Town
from stockroom.operations.employ import Employ, GiveRole, employ, give_role
from stockroom.operations.state_purpose import StatePurpose, state_purpose
from stockroom.vocabulary import AuditPurpose, Role

_STAYS_DAYS = 14


def let_inspect(town: Town, house: House, at: datetime) -> None:
    """An inspector is let in until a day; the auditor opens names for a complaint, for an hour."""
    inspector = Employ(
        name="Ivo Invented", profession="inspector of the agency", email=f"inspector@{MAIL_DOMAIN}"
    )
    administrator = house.actors[Role.ADMINISTRATOR.value]
    employed = town.do(employ, inspector, by=administrator, at=at)
    last_day = (at + timedelta(days=_STAYS_DAYS)).astimezone(house.zone).date()
    given = GiveRole(
        user_uid=employed.user_uid, role=Role.AUDITOR, until_on=last_day, purpose=AuditPurpose.INSPECTION
    )
    town.do(give_role, given, by=administrator, at=at)
    stated = StatePurpose(purpose=AuditPurpose.COMPLAINT, reference="DEMO-2026-4", lasts_hours=1)
    town.do(state_purpose, stated, by=house.actors[Role.AUDITOR.value], at=at)
