"""Does a scan at the bench begin the cocktail that the session needs, and is what was made used there?"""

from __future__ import annotations

from flask import url_for

from stockroom.access.acting import acting, installation, present
from stockroom.operations.start_preparation import StartPreparation, start_preparation
from stockroom.queries.bench_scans import BenchScan
from stockroom.queries.cocktail_asked import cocktail_asked
from stockroom.rules.permissions import may
from stockroom.vocabulary import Action
from stockroom.web.session_view import ScanForm


def cocktail_begun(
    clinic_uid: str, session_uid: str, form: ScanForm, found: BenchScan, key: str
) -> str | None:
    """Go on with an ingredient of a cocktail that is planned and not made yet: the draft's address, with the scan.

    The draft is begun where nobody has; what is scanned goes into it there, judged as any ingredient.
    None where the plan asks for the thing itself, or somebody says that it is meant as it is.
    """
    is_asked = found.must_be_meant and not form.extra.data and form.scan.data and not form.lot_uid.data
    if not is_asked or not may(acting().roles, Action.PREPARE):
        return None
    with installation().reading() as connection:
        asked = cocktail_asked(
            connection,
            acting().clinic_id,
            session_id=found.visit.session_id,
            needs=found.needs,
            product_id=found.meant[0].product_id,
        )
    if asked is None:
        return None
    draft_uid = asked.draft_uid
    if draft_uid is None:
        command = StartPreparation(
            recipe_uid=asked.recipe_uid,
            wanted_quantity=asked.missing,
            session_uids=(session_uid,),
            override=form.answer(),
        )
        begun = start_preparation(installation(), command, actor=acting(), key=f"{key}-mix", now=present())
        draft_uid = begun.preparation_uid
    return url_for(
        "prepare_page.preparation", clinic_uid=clinic_uid, preparation_uid=draft_uid, scan=form.scan.data
    )
