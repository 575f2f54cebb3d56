"""Where does one go on once a cocktail is made?  To the bench of her who waits for it, where it is used."""

from __future__ import annotations

from flask import url_for
from werkzeug.datastructures import MultiDict

from stockroom.access.acting import acting, installation
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.queries.bench_session import session_bench
from stockroom.queries.preparations import worksheet
from stockroom.queries.session_plans import prescribers
from stockroom.rules.permissions import may
from stockroom.vocabulary import Action
from stockroom.web.formats import today_here
from stockroom.web.forms import Refusal, say, send
from stockroom.web.preparation_view import BEING_TREATED, visit_for
from stockroom.web.session_given import given_now
from stockroom.web.session_scan_page import take_scan
from stockroom.web.session_view import ScanForm, Stop, prescriber_of


def address_once_made(clinic_uid: str, preparation_uid: str, *, used_by_key: str) -> str | None:
    """Give the address of the session that it was made for, where that is one alone whose patient is here.

    `used_by_key`: what the session needs of it is used at once under this key, as if its label were scanned there;
    empty: it is offered.  What a person has to answer first, or what refuses it, is offered there and not booked.
    """
    actor = acting()
    with installation().reading() as connection:
        sheet = worksheet(connection, actor.clinic_id, uid=preparation_uid)
        visit = visit_for(connection, actor.clinic_id, sheet)
        if visit is None or visit.state not in BEING_TREATED or not may(actor.roles, Action.USE):
            return None
        bench = session_bench(connection, actor.clinic_id, visit)
        given = given_now(connection, bench)
        prescriber = prescriber_of(bench, prescribers(connection, actor.clinic_id, today=today_here()))
    if used_by_key:
        label = write_label(OwnLabel(LabelKind.PREPARATION, sheet.preparation.short_code))
        said = {"scan": label, "prescriber_uid": prescriber, **given.words}
        form = ScanForm(formdata=MultiDict({"key": used_by_key, **said}))
        answer = send(form, lambda: take_scan(clinic_uid, visit.uid, form))
        if isinstance(answer, Refusal):
            say(answer.detail, loudness="warning")
        elif not isinstance(answer, Stop):
            return answer
    return url_for(
        "session_page.session",
        clinic_uid=clinic_uid,
        session_uid=visit.uid,
        made=sheet.preparation.short_code,
    )
