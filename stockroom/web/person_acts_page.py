"""What is changed about a person who is known: name, address, password, authorisations."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from wtforms import StringField
from wtforms.validators import DataRequired

from stockroom.access.acting import installation
from stockroom.access.passwords import drawn_password, hash_password
from stockroom.errors import ThingNotFound
from stockroom.ledger.letters import Letter
from stockroom.operations.address_log_in import ChangeAddress, GiveLogIn, change_address, give_log_in
from stockroom.operations.authorise import Authorise, EndAuthorisation, authorise, end_authorisation
from stockroom.operations.change_person import ChangePerson, change_person
from stockroom.operations.end_log_ins import EndLogIns, end_colleagues_log_ins
from stockroom.operations.give_first_password import GiveFirstPassword, give_first_password
from stockroom.operations.leave import Leave, leave
from stockroom.queries.people import UserRow
from stockroom.reads.user_accounts import EmailTaken
from stockroom.web.formats import show_day, today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.people_forms import AddressForm, AuthorisationForm, DetailsForm, EndForm, LeaveForm
from stockroom.web.people_page import by, colleague_here, person_page, to_person

blp = Blueprint("person_acts_page", __name__, url_prefix="/c/<clinic_uid>/administration/people/<person_uid>")


class LogOutForm(KeyedForm):
    """One of a person's log-ins ends."""

    log_in_uid = StringField(validators=[DataRequired()])


@blp.post("")
def change(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Another name or profession."""
    form = DetailsForm()
    done = send(form, lambda: change_person(installation(), _details(form, person_uid), **by(form)))
    return _answered(done, person_uid, form, gettext("Written down. It stands on what was done before, too."))


@blp.post("/address")
def address(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Another address for the log-in."""
    form, log_in = AddressForm(), _log_in(person_uid)
    command = ChangeAddress(
        user_uid=log_in.uid,
        email=form.email.data or "",
        letter=Letter(
            subject=gettext("Stockroom: your address was changed"),
            body=gettext(
                "From now on you log in with this address. Ask your administrator if you did not expect it."
            ),
        ),
    )
    done = send(form, lambda: change_address(installation(), command, **by(form)))
    return _answered(done, person_uid, form, gettext("From now on the person logs in with this address."))


@blp.post("/log-in/new")
def new_log_in(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """A log-in for somebody who had none; its password is shown, this once."""
    form = AddressForm()
    drawn = _drawn(form)
    command = GiveLogIn(person_uid=person_uid, email=form.email.data or "", password_hash=_hashed(drawn))
    done = send(form, lambda: give_log_in(installation(), command, **by(form)))
    return _shown_once(done, person_uid, form, drawn)


@blp.post("/log-ins/ending")
def log_out(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """One log-in of hers ends, such as that at a device that was lost; the others go on."""
    form = LogOutForm()
    command = EndLogIns(user_uid=_log_in(person_uid).uid, log_in_uids=(form.log_in_uid.data or "",))
    done = send(form, lambda: end_colleagues_log_ins(installation(), command, **by(form)))
    return _answered(
        done, person_uid, form, gettext("Logged out there. Other log-ins and the password stay.")
    )


@blp.post("/first-password")
def first_password(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """A password for somebody who forgot it; it is shown, this once."""
    form, log_in = KeyedForm(), _log_in(person_uid)
    drawn = _drawn(form)
    command = GiveFirstPassword(
        user_uid=log_in.uid,
        password_hash=_hashed(drawn),
        letter=Letter(
            subject=gettext("Stockroom: you were given another password"),
            body=gettext(
                "An administrator gave you another password and hands it to you. It opens for three days, and "
                "you choose your own with it. If you did not ask for it, tell whoever runs Stockroom at once."
            ),
        ),
    )
    done = send(form, lambda: give_first_password(installation(), command, **by(form)))
    return _shown_once(done, person_uid, form, drawn)


@blp.post("/authorisations")
def authorised(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Somebody is authorised from a day on."""
    form = AuthorisationForm()
    done = send(form, lambda: authorise(installation(), _authorisation(form, person_uid), **by(form)))
    return _answered(done, person_uid, form, gettext("Written down. It counts from its first day on."))


@blp.post("/authorisations/<kind>/ending")
def no_longer(clinic_uid: str, person_uid: str, kind: str) -> ResponseReturnValue:
    """Somebody is authorised no longer: it held until yesterday, or on the day on which it began."""
    form, yesterday = EndForm(), today_here() - timedelta(days=1)
    scope = form.scope.data or ""
    begins = [
        each.from_on
        for each in colleague_here(person_uid).person.authorisations
        if (each.kind, each.scope) == (kind, scope)
    ]
    last = max([yesterday, *begins])
    command = EndAuthorisation(person_uid=person_uid, kind=kind, scope=scope, until_on=last)
    done = send(form, lambda: end_authorisation(installation(), command, **by(form)))
    ended = gettext("It holds until %(day)s. What was done under it stays.", day=show_day(last))
    return _answered(done, person_uid, form, ended)


@blp.post("/leaving")
def leaves(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Somebody leaves: everything that opens ends in one act, and a colleague has the open work."""
    form = LeaveForm()
    if not form.sure.data:
        say(gettext("Nothing was changed: tick that you are sure."), loudness="warning")
        return to_person(person_uid)
    command = Leave(person_uid=person_uid, colleague_uid=form.colleague_uid.data or None)
    done = send(form, lambda: leave(installation(), command, **by(form)))
    if isinstance(done, Refusal):
        return _refused(done, person_uid, form)
    handed = ngettext(
        "%(num)s session was handed over.", "%(num)s sessions were handed over.", len(done.handed_over)
    )
    begun = (
        ngettext(
            "%(num)s thing that was begun is the colleague's to finish.",
            "%(num)s things that were begun are the colleague's to finish.",
            len(done.begun),
        )
        if done.begun
        else ""
    )
    ended = gettext("Nothing opens for this person any more. What was done keeps the name.")
    say(" ".join(filter(None, (ended, handed, begun))))
    return to_person(person_uid)


def _details(form: DetailsForm, person_uid: str) -> ChangePerson:
    return ChangePerson(
        person_uid=person_uid,
        version=form.version.data or 0,
        name=(form.name.data or "").strip(),
        profession=(form.profession.data or "").strip(),
    )


def _authorisation(form: AuthorisationForm, person_uid: str) -> Authorise:
    assert form.from_on.data is not None, "the form was read"
    return Authorise(
        person_uid=person_uid,
        kind=form.kind.data,
        from_on=form.from_on.data,
        until_on=form.until_on.data,
        scope=form.scope.data or "" if form.kind.data == "inject" else "",
        training=form.training.data or "",
        trained_on=form.trained_on.data,
        file_reference=form.file_reference.data or "",
    )


def _log_in(person_uid: str) -> UserRow:
    log_in = colleague_here(person_uid).log_in
    if log_in is None:
        raise ThingNotFound(thing="log-in", uid=person_uid)
    return log_in


def _drawn(form: KeyedForm) -> str:
    return drawn_password(form.key.data or "", secret=str(current_app.config["SECRET_KEY"]))


def _hashed(drawn: str) -> str:
    return hash_password(drawn, salt=str(current_app.config["SECURITY_PASSWORD_SALT"]))


def _shown_once(done: object, person_uid: str, form: KeyedForm, drawn: str) -> ResponseReturnValue:
    if isinstance(done, Refusal):
        return _refused(done, person_uid, form)
    return person_page(person_uid, given=drawn)


def _answered(done: object, person_uid: str, form: KeyedForm, sentence: str) -> ResponseReturnValue:
    if isinstance(done, Refusal):
        return _refused(done, person_uid, form)
    say(sentence)
    return to_person(person_uid)


def _refused(refusal: Refusal, person_uid: str, form: KeyedForm) -> ResponseReturnValue:
    if isinstance(refusal.error, EmailTaken) and isinstance(form, AddressForm):
        form.email.errors = [refusal.detail]
    return person_page(person_uid, refusal=refusal, typed=form), refusal.status
