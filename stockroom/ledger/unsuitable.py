"""How is each clinic told that something which is planned does not suit its patient any more?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stockroom.db.transaction import Work
from stockroom.ledger.deviations import Raised, raise_alerts
from stockroom.ledger.lost_promises import in_clinic
from stockroom.rules.alerting import Cause


def tell_unsuitable(work: Work, causes: Mapping[int, Iterable[Cause]]) -> None:
    """Raise these alerts, by clinic; the act has locked the journal head of each."""
    for clinic_id, of_clinic in sorted(causes.items()):
        raise_alerts(
            in_clinic(work, clinic_id),
            [
                Raised(
                    kind=cause.kind.value,
                    subject_kind=cause.subject_kind,
                    subject_uid=cause.subject_uid,
                    period=f"{work.recorded_at.isoformat()}/{cause.says}",
                    facts=cause.facts,
                    rank=cause.rank,
                    severity=cause.severity,
                )
                for cause in of_clinic
            ],
        )
