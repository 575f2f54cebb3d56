"""What runs without anybody asking, when, and what came of it?"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from stockroom.access.acting import acting, installation, present
from stockroom.db.identifiers import new_uid
from stockroom.operations.ask_for_run import AskForRun, ask_for_run
from stockroom.queries.jobs import jobs
from stockroom.rules.timetable import PLANS, Plan
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("jobs_page", __name__, url_prefix="/c/<clinic_uid>/jobs")


@blp.get("", endpoint="jobs")
def jobs_shown(clinic_uid: str) -> ResponseReturnValue:
    """Every job with its schedule, its last run and what that said."""
    return _page()


@blp.post("/<job_name>/runs")
def run(clinic_uid: str, job_name: str) -> ResponseReturnValue:
    """Have a job run as soon as the schedule comes by."""
    form = KeyedForm()
    command = AskForRun(job=job_name)
    done = send(
        form,
        lambda: ask_for_run(installation(), command, actor=acting(), key=form.key.data or "", now=present()),
    )
    if isinstance(done, Refusal):
        return _page(refusal=done), done.status
    say(gettext("%(job)s runs within half a minute. Look here again.", job=done.job))
    return redirect(url_for("jobs_page.jobs", clinic_uid=clinic_uid), code=303)


def _page(*, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        rows = jobs(connection, now=present())
    keys = {row.name: new_uid(present()) for row in rows}
    schedule = {plan.name: _when(plan) for plan in PLANS}
    return render_template("jobs/jobs.html", jobs=rows, keys=keys, when=schedule, refusal=refusal)


def _when(plan: Plan) -> str:
    """When a job runs, in words."""
    if plan.daily_at is not None:
        return gettext("daily at %(time)s UTC", time=plan.daily_at)
    return ngettext("every %(num)s minute", "every %(num)s minutes", plan.every_minutes)
