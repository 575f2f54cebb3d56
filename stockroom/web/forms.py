"""How does a form of a screen reach an operation, and come back with its words when it was refused?

A form carries a one-time key, so that sent twice it is done once (L10).  What was typed stays in it, and
a refusal stands beside the field that it is about, else at the top.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import flash
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import Length, Regexp

from stockroom.access.acting import installation, present
from stockroom.access.countersigning import Signer, signer
from stockroom.access.passwords import LENGTH_MAX
from stockroom.access.signing_on import Shown
from stockroom.access.tablets import tablet_here
from stockroom.db.identifiers import new_uid
from stockroom.errors import InvalidValue, NeedsOverride, StockroomError
from stockroom.http.keys import PATTERN, KeyMissing
from stockroom.http.problems import status_of
from stockroom.ledger.acts import KeyReused
from stockroom.reads.tablets import people_at_bench
from stockroom.rules.overriding import Override
from stockroom.vocabulary import Rule, Unauthorised
from stockroom.web.formats import tell

Done = TypeVar("Done")
NOT_SIGNED = (
    "not_proven", "pin_wrong", "badge_unknown", "pin_locked", "pin_void", "tablet_locked", "only_at_tablet",
)  # fmt: skip
"""Codes of what is wrong with a second person's signature: it may be put again."""

_OF_SECOND_PERSON = (
    "second_person_missing",
    "second_person_may_not",
    "device_second_person_missing",
    "device_second_person_may_not",
)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a form was not done: what to show, and with which status."""

    title: str
    detail: str
    status: int
    code: str = ""
    error: StockroomError | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that an override would have to cover; empty when nothing can be overridden."""
        return tuple(getattr(self.error, "rules", ())) if isinstance(self.error, NeedsOverride) else ()

    @property
    def wants_second_person(self) -> bool:
        """True when a colleague has to agree, or tried to."""
        return self.code in (*_OF_SECOND_PERSON, *NOT_SIGNED)

    @property
    def may_override(self) -> tuple[str, ...]:
        """The roles that may override; empty for a recall, which nobody overrides."""
        return tuple(getattr(self.error, "may_override", ()))


class KeyedForm(FlaskForm):
    """A form that is done at most once.  Its anti-forgery token is asked for at the door, for every form."""

    class Meta:
        csrf = False

    key = HiddenField(validators=[Regexp(f"^{PATTERN}$")])
    lacks_key: bool
    """It was sent without its key, so that sent twice it could not be recognised; `send` does none of it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        is_blank = "formdata" in more and more["formdata"] is None
        self.lacks_key = self.is_submitted() and not is_blank and not self.key.data
        if not self.key.data:
            self.key.data = new_uid(present())


class CountersignedForm(KeyedForm):
    """A form to which a second person may put the signature: by badge, by PIN at a tablet, or by password."""

    second_badge = PasswordField(
        lazy_gettext("The second person's badge"), validators=[Length(max=LENGTH_MAX)]
    )
    second_person = SelectField(lazy_gettext("or the name"), validate_choice=False)
    second_pin = PasswordField(lazy_gettext("and the PIN"), validators=[Length(max=20)])
    second_email = StringField(
        lazy_gettext("The second person's e-mail"), validators=[Length(max=LENGTH_MAX)]
    )
    second_password = PasswordField(
        lazy_gettext("The second person's password"), validators=[Length(max=LENGTH_MAX)]
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        tablet = tablet_here()
        if tablet is None:
            del self.second_person, self.second_pin
            return
        with installation().reading() as connection:
            people = people_at_bench(connection, tablet.clinic_id)
        named = [(each.uid, each.name) for each in people if each.has_pin]
        self.second_person.choices = [("", "–"), *named]

    def signer(self) -> Signer | None:
        """Who signs beside the sender; None where nobody does.  Call it within `send`.

        Raises NotProven, PinWrong, BadgeUnknown, PinLocked, PinVoid, TabletLocked, and TooManyRequests (429).
        """
        has_pin = "second_pin" in self._fields
        return signer(
            Shown(
                badge=self.second_badge.data or "",
                person_uid=(self.second_person.data or "") if has_pin else "",
                pin=(self.second_pin.data or "") if has_pin else "",
                email=self.second_email.data or "",
                password=self.second_password.data or "",
            )
        )


class AnsweringForm(KeyedForm):
    """A form that is sent again with a reason, when whoever sends it has seen what speaks against it."""

    override_rules = HiddenField(validators=[Regexp(r"^[a-z_,]{0,400}$")])
    """What the person has seen, in a row with commas; empty: nothing was asked."""
    override_reason = StringField(lazy_gettext("Why it is done all the same"), validators=[Length(max=500)])

    def answer(self) -> Override | None:
        """What the sender takes upon himself or herself; None where nothing was asked."""
        seen = {word for word in (self.override_rules.data or "").split(",") if word}
        rules, outside = seen & set(Rule), seen & set(Unauthorised)
        if not seen or rules | outside != seen:
            return None
        return Override(
            rules=frozenset(map(Rule, rules)),
            outside=frozenset(map(Unauthorised, outside)),
            reason=self.override_reason.data or "",
        )

    def rules_seen(self, refusal: Refusal | None) -> tuple[str, ...]:
        """The rules that an override would take over: those of the refusal, and those shown before it."""
        if refusal is None:
            return ()
        shown = [rule for rule in (self.override_rules.data or "").split(",") if rule]
        return tuple(dict.fromkeys((*shown, *refusal.rules)))


class OverridingForm(AnsweringForm, CountersignedForm):
    """A form that a permitted person may send again with a reason, over a rule that stopped it."""

    def override(self) -> Override | None:
        """As `answer`, with the second person who agrees.  Call it within `send`.

        Raises what `signer` raises for a second person who did not prove who it is.
        """
        answer = self.answer()
        second = self.signer() if answer is not None else None
        if answer is None or second is None:
            return answer
        return replace(answer, second_person_uid=second.person_uid, second_person_way=second.way)


def send(form: FlaskForm, do: Callable[[], Done]) -> Done | Refusal:
    """Do what a form asks, or say why not: `do` runs only when every field can be read.

    An error that names a field of the form stands beside it.  Errors without a status of their own
    (our mistakes) pass through.
    """
    if isinstance(form, KeyedForm) and form.lacks_key:
        return _keyless()
    if _has_nul(form) or not form.validate():
        return _unreadable(form)
    try:
        return do()
    except KeyReused as error:
        return _sent_before(error, form)
    except StockroomError as error:
        return refused(error, form)


def refused(error: StockroomError, form: FlaskForm | None = None) -> Refusal:
    """Make the refusal of an error, beside its field where `form` has it.  Raises the error when it is our mistake."""
    status = status_of(error)
    if status == 500:
        raise error
    told = tell(error)
    if isinstance(error, InvalidValue) and form is not None and error.field in form._fields:
        field = form._fields[error.field]
        field.errors = [*field.errors, error.problem]
        told = f"{field.label.text}: {error.problem}"
    return Refusal(title=gettext(error.title), detail=told, status=status, code=error.code, error=error)


def _has_nul(form: FlaskForm) -> bool:
    """True when a text holds NUL, which PostgreSQL keeps in none; it stands marked, without it, in its field."""
    held = [each for each in form._fields.values() if isinstance(each.data, str) and "\0" in each.data]
    for field in held:
        field.data = field.data.replace("\0", "")
        field.errors = [gettext("A sign in it cannot be kept. Type it again.")]
    return bool(held)


def _sent_before(error: KeyReused, form: FlaskForm) -> Refusal:
    """A form from which something was recorded, come back to and changed: with a new key it may be sent again."""
    if "key" in form._fields:
        form._fields["key"].data = new_uid(present())
    return Refusal(
        title=gettext("This form was sent before"),
        detail=gettext(
            "What it said then is recorded and stands. What it says now is not recorded: "
            "send it once more only if that is to be recorded as well."
        ),
        status=status_of(error),
        code=error.code,
        error=error,
    )


def _keyless() -> Refusal:
    return Refusal(
        title=gettext("This form came without its number"),
        detail=gettext(
            "Without it, sent twice it would be recorded twice. Nothing was recorded: send it again from this page."
        ),
        status=400,
        code=KeyMissing.code,
    )


def _unreadable(form: FlaskForm) -> Refusal:
    return Refusal(
        title=gettext("Look at what is marked"),
        detail=gettext("Nothing was recorded yet. Correct what is marked below and send it again."),
        status=422,
        code="invalid_fields",
    )


def say(sentence: str, *, loudness: str = "success") -> None:
    """Say on the next page what was done; `loudness` is a colour of Bootstrap's."""
    flash(sentence, loudness)
