"""A session: its bench, what is put right on it, and how the visit goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.advance_session import (
    ANSWER_MAX,
    AdvanceSession,
    RatioAnswerOf,
    SessionAdvanced,
    advance_session,
)
from stockroom.operations.correct_use import CorrectedLine, CorrectUse, correct_use
from stockroom.operations.dispose import (
    ContainerFinished,
    DisposalOf,
    Dispose,
    Disposed,
    FinishContainer,
    dispose,
    finish_container,
)
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.spill_use import SpillUse, UseSpilled, spill_use
from stockroom.queries.aftercare import aftercare
from stockroom.queries.bench_session import (
    left_at_the_end,
    require_of_session,
    session_bench,
    visit_at_bench,
)
from stockroom.queries.bench_uses import BenchUse
from stockroom.queries.done_acts import act_done
from stockroom.queries.thrown_away_as import thrown_away_as
from stockroom.reads.ratios import unusual_in
from stockroom.rules.ratios import RatioUnanswered
from stockroom.rules.scanning import step_of
from stockroom.rules.using import ThingName
from stockroom.units import QUANTITY_MAX, parse_quantity, said_unit, typed_number
from stockroom.vocabulary import BaseUnit, DisposalReason, RatioKind, SessionState
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.overfill_form import OverfillForm
from stockroom.web.patients_named import whole_patient
from stockroom.web.session_view import UID, draw_session, opened_for, stop_refused
from stockroom.web.session_words import STATE_LOUDNESS, USUAL_ANSWERS
from stockroom.web.signing import own_way

blp = Blueprint("session_page", __name__, url_prefix="/c/<clinic_uid>/sessions/<session_uid>")


class AmountForm(OverfillForm):
    """How much a use really was."""

    movement_uid = HiddenField(validators=[Regexp(UID)])
    n = IntegerField(validators=[InputRequired(), NumberRange(min=1, max=1_000)])
    step = StringField(validators=[Regexp(r"^(less|more|rest|set)$")])
    to = StringField(lazy_gettext("Amount"), validators=[Length(max=20)])

    @property
    def pointed(self) -> dict[str, str]:
        """What was changed, to be sent again with an answer."""
        return {name: str(data) for name in ("movement_uid", "n", "step", "to") if (data := self[name].data)}


class MovementForm(KeyedForm):
    """A movement that is taken back, or whose goods were spilled."""

    movement_uid = HiddenField(validators=[Regexp(UID)])


class BrokenForm(KeyedForm):
    """A vial, a cocktail or a use that broke or was spilled."""

    movement_uid = HiddenField(validators=[Optional(), Regexp(UID)])
    container_uid = HiddenField(validators=[Optional(), Regexp(UID)])
    lot_uid = HiddenField(validators=[Optional(), Regexp(UID)])
    location_uid = HiddenField(validators=[Optional(), Regexp(UID)])
    quantity = IntegerField(validators=[Optional(), NumberRange(min=1, max=QUANTITY_MAX)])


class StateForm(KeyedForm):
    """The step that a session takes."""

    to = StringField(validators=[Regexp(r"^[a-z_]{1,20}$")])
    look_first = HiddenField(validators=[Optional(), Regexp(r"^yes$")])
    """Yes: it is finished at once only where nothing is left to be looked at or answered."""
    few_needles = StringField(lazy_gettext("Why so few needles?"), validators=[Length(max=ANSWER_MAX)])
    many_needles = StringField(lazy_gettext("Why so many needles?"), validators=[Length(max=ANSWER_MAX)])
    many_cartridges = StringField(
        lazy_gettext("Why more than one cartridge?"), validators=[Length(max=ANSWER_MAX)]
    )
    shared_cartridge = StringField(
        lazy_gettext("Which cartridge or head was it? None is booked."), validators=[Length(max=ANSWER_MAX)]
    )

    @property
    def answers(self) -> tuple[RatioAnswerOf, ...]:
        """What was answered about needles and cartridges."""
        return tuple(
            RatioAnswerOf(kind=kind, answer=said) for kind in RatioKind if (said := self[kind.value].data)
        )


@blp.get("")
def session(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """The bench of one session."""
    return draw_session(
        clinic_uid, session_uid, last=request.args.get("last", "")[:36], made=request.args.get("made", "")[:8]
    )


@blp.get("/finish")
def finish(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """What is still missing, and what will be thrown away, before the session is finished."""
    return _finish_page(session_uid, StateForm(formdata=None))


def _finish_page(session_uid: str, form: StateForm, *, refusal: Refusal | None = None) -> str:
    actor = acting()
    with installation().reading() as connection:
        visit = visit_at_bench(connection, actor.clinic_id, uid=session_uid)
        bench = session_bench(connection, actor.clinic_id, visit)
        left = left_at_the_end(connection, actor.clinic_id, visit)
        ratios = () if visit.is_over else unusual_in(connection, actor.clinic_id, visit.id)
        care = aftercare(connection, actor.clinic_id, visit.id)
        thrown_as = (
            thrown_away_as(connection, actor.clinic_id, {each.lot_uid for each in left}) if left else {}
        )
    return render_template(
        "session/finish.html",
        visit=visit,
        bench=bench,
        left=left,
        thrown_as=thrown_as,
        ratios=ratios,
        usual_answers=USUAL_ANSWERS,
        care=care,
        patient=whole_patient(visit.patient_uid, page="session"),
        loudness=STATE_LOUDNESS,
        form=form,
        refusal=refusal,
    )


@blp.post("/state")
def state(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Bring the session one step on."""
    form = StateForm()
    if form.look_first.data and _is_looked_at_first(session_uid):
        return redirect(url_for(".finish", clinic_uid=clinic_uid, session_uid=session_uid), code=303)
    done = send(form, lambda: _advanced(session_uid, form))
    if isinstance(done, Refusal) and isinstance(done.error, RatioUnanswered):
        return _finish_page(session_uid, form, refusal=done), done.status
    if isinstance(done, Refusal):
        return _stopped(clinic_uid, session_uid, done)
    if done.state is SessionState.FINISHED:
        codes = ", ".join(done.ended)
        say(gettext("Finished. Thrown away: %(codes)s.", codes=codes) if codes else gettext("Finished."))
        if form.look_first.data:
            _say_what_is_still_to_do(session_uid)
        return redirect(url_for("today_page.today", clinic_uid=clinic_uid), code=303)
    if done.state is SessionState.ARRIVED:
        arrival = url_for("session_arrival_page.arrival", clinic_uid=clinic_uid, session_uid=session_uid)
        return redirect(arrival, code=303)
    return redirect(_address(clinic_uid, session_uid), code=303)


def _is_looked_at_first(session_uid: str) -> bool:
    """Whether something is missing, thrown away, unusual, or nothing was used at all."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        visit = visit_at_bench(connection, clinic_id, uid=session_uid)
        bench = session_bench(connection, clinic_id, visit)
        if visit.is_over:
            return False  # a second press answers as the first one did
        if not bench.uses or any(need.missing for need in bench.needs):
            return True
        return bool(
            left_at_the_end(connection, clinic_id, visit) or unusual_in(connection, clinic_id, visit.id)
        )


def _say_what_is_still_to_do(session_uid: str) -> None:
    """What the staff does with the patient afterwards, which stands on the page that was not looked at."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        care = aftercare(connection, clinic_id, visit_at_bench(connection, clinic_id, uid=session_uid).id)
    if care.for_staff:
        tasks = " ".join(each.text for each in care.for_staff)
        say(gettext("Still to do with the patient: %(tasks)s", tasks=tasks), loudness="info")


def _advanced(session_uid: str, form: StateForm) -> SessionAdvanced:
    if form.to.data not in set(SessionState):
        raise InvalidValue(field="to", problem=gettext("there is no such step"))
    command = AdvanceSession(
        session_uid=session_uid, to=SessionState(form.to.data), answers=form.answers, way=own_way()
    )
    return advance_session(installation(), command, actor=acting(), key=form.key.data or "", now=present())


@blp.post("/amount")
def amount(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Change how much the last use was: the use is corrected, and stays one."""
    form = AmountForm()
    done = send(form, lambda: _amended(session_uid, form))
    if isinstance(done, Refusal):
        here = url_for("session_page.amount", clinic_uid=clinic_uid, session_uid=session_uid)
        return _stopped(clinic_uid, session_uid, done, anew=form.pointed, again=here)
    return redirect(_address(clinic_uid, session_uid, done), code=303)


def _amended(session_uid: str, form: AmountForm) -> str:
    """Correct the use; the movement that stands for it now."""
    actor, key = acting(), form.key.data or ""
    movement_uid, n = form.movement_uid.data or "", form.n.data or 0
    with installation().reading() as connection:
        done = act_done(connection, actor.clinic_id, author_uid=actor.person_uid, key=key)
        if done is not None:
            return done.movement_uid or movement_uid
        bench = session_bench(
            connection, actor.clinic_id, visit_at_bench(connection, actor.clinic_id, uid=session_uid)
        )
    line = next((each for each in bench.uses if (each.movement_uid, each.n) == (movement_uid, n)), None)
    if line is None:
        raise InvalidValue(field="to", problem=gettext("this was changed or taken back meanwhile"))
    wanted = _wanted(form, line)
    if wanted == line.quantity:
        return movement_uid
    command = CorrectUse(
        movement_uid=movement_uid,
        reason="amount changed at the bench",
        lines=(CorrectedLine(n=n, quantity=wanted),),
        overfill_reason=form.why_more,
    )
    return correct_use(installation(), command, actor=actor, key=key, now=present()).movement_uid


def _wanted(form: AmountForm, line: BenchUse) -> int:
    base_unit = BaseUnit(line.base_unit)
    step = step_of(base_unit, line.graduation_quantity)
    if form.step.data == "rest":
        return line.quantity + (line.left_quantity or 0)
    if form.step.data in ("less", "more"):
        return max(line.quantity + (step if form.step.data == "more" else -step), min(step, line.quantity))
    typed = typed_number(form.to.data)
    unit = said_unit(line.quantity, base_unit)
    return parse_quantity(typed.removesuffix(".") or "0", unit, base_unit=base_unit)


@blp.post("/undo")
def undo(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Take a booking of this session back, by a reversal."""
    form = MovementForm()
    done = send(form, lambda: _taken_back(session_uid, form))
    if isinstance(done, Refusal):
        return _stopped(clinic_uid, session_uid, done)
    say(gettext("Taken back. Nothing of it stands any more."), loudness="info")
    return redirect(_address(clinic_uid, session_uid, done), code=303)


def _taken_back(session_uid: str, form: MovementForm) -> str | None:
    """Take it back; the opening of its vial, where that was opened for it and may be taken back as well."""
    movement_uid, clinic_id = form.movement_uid.data or "", acting().clinic_id
    with installation().reading() as connection:
        visit = visit_at_bench(connection, clinic_id, uid=session_uid)
        require_of_session(connection, clinic_id, visit, movement_uid=movement_uid)
        bench = session_bench(connection, clinic_id, visit)
    use = next((each for each in bench.uses if each.movement_uid == movement_uid), None)
    vial = opened_for(bench, use) if use is not None else None
    command = Reverse(movement_uid=movement_uid, reason="undone at the bench")
    reverse(installation(), command, actor=acting(), key=form.key.data or "", now=present())
    return vial.movement_uid if vial is not None else None


def _require_of_session(session_uid: str, movement_uid: str | None = None) -> None:
    """Raise ThingNotFound for a session of nobody's, NotOfThisSession for what was not booked in it."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        visit = visit_at_bench(connection, clinic_id, uid=session_uid)
        if movement_uid is not None:
            require_of_session(connection, clinic_id, visit, movement_uid=movement_uid)


@blp.post("/broken")
def broken(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Throw away what broke or was spilled; what had been booked as used goes back first."""
    form = BrokenForm()
    return _done(
        clinic_uid,
        session_uid,
        form,
        lambda: _thrown_away(session_uid, form),
        gettext("Written down as broken or spilled."),
    )


def _thrown_away(session_uid: str, form: BrokenForm) -> object:
    store, actor, key, at = installation(), acting(), form.key.data or "", present()
    _require_of_session(session_uid, form.movement_uid.data or None)
    if form.movement_uid.data:
        spilled = SpillUse(movement_uid=form.movement_uid.data, reason=DisposalReason.SPILLED)
        return spill_use(store, spilled, actor=actor, key=key, now=at)
    if form.container_uid.data:
        ended = FinishContainer(
            container_uid=form.container_uid.data, reason=DisposalReason.BROKEN, session_uid=session_uid
        )
        return finish_container(store, ended, actor=actor, key=key, now=at)
    if not form.lot_uid.data or not form.quantity.data:
        raise InvalidValue(field="lot_uid", problem=gettext("say what broke"))
    thing = ThingName(lot_uid=form.lot_uid.data, location_uid=form.location_uid.data or None)
    thrown = Dispose(
        lines=(DisposalOf(thing=thing, quantity=form.quantity.data),),
        reason=DisposalReason.BROKEN,
        session_uid=session_uid,
    )
    return dispose(store, thrown, actor=actor, key=key, now=at)


def _done(
    clinic_uid: str, session_uid: str, form: KeyedForm, do: Callable[[], object], sentence: str
) -> ResponseReturnValue:
    done = send(form, do)
    if isinstance(done, Refusal):
        return _stopped(clinic_uid, session_uid, done)
    say(sentence, loudness="info")
    thrown = done.movement_uid if isinstance(done, (UseSpilled, ContainerFinished, Disposed)) else None
    return redirect(_address(clinic_uid, session_uid, thrown), code=303)


def _stopped(clinic_uid: str, session_uid: str, refusal: Refusal, **more: Any) -> ResponseReturnValue:
    return draw_session(clinic_uid, session_uid, stop=stop_refused(refusal, **more)), refusal.status


def _address(clinic_uid: str, session_uid: str, last: str | None = None) -> str:
    return url_for("session_page.session", clinic_uid=clinic_uid, session_uid=session_uid, last=last)
