"""What is typed on the pages of people: who begins, what somebody is called, may do, and when it ends?"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp
from wtforms.widgets import HiddenInput

from stockroom.access.acting import installation
from stockroom.access.passwords import LENGTH_MAX
from stockroom.operations.authorise import EVIDENCE_MAX
from stockroom.queries.reference import words_of
from stockroom.rules.permissions import AUTHORISATIONS
from stockroom.vocabulary import AuditPurpose, Role
from stockroom.web.formats import show_word
from stockroom.web.forms import KeyedForm

_ = lazy_gettext


class PersonForm(KeyedForm):
    """Somebody who begins to work here, with or without a log-in."""

    name = StringField(_("Name"), validators=[DataRequired(_("A person has a name.")), Length(max=200)])
    profession = StringField(
        _("Profession"), validators=[DataRequired(_("Such as nurse, dermatologist.")), Length(max=200)]
    )
    authorisations = SelectMultipleField(_("Authorised to"))
    authorised_from = DateField(_("Authorised from"), validators=[Optional()])
    email = StringField(_("E-mail"), validators=[Length(max=254)])
    first_password = PasswordField(_("First password"), validators=[Length(max=LENGTH_MAX)])
    roles = SelectMultipleField(_("Roles in this clinic"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.authorisations.choices = [(word, show_word(word)) for word in AUTHORISATIONS]
        self.roles.choices = [(role.value, show_word(role.value)) for role in Role]


class RoleForm(KeyedForm):
    """A role to be given or taken."""

    role = SelectField(_("Role"), validators=[InputRequired()])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.role.choices = [(role.value, show_word(role.value)) for role in Role]


class InspectionForm(KeyedForm):
    """An inspector: an auditor until a day, for a purpose."""

    until_on = DateField(_("Last day"), validators=[InputRequired(_("A day."))])
    purpose = SelectField(_("What for"), validators=[InputRequired()])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.purpose.choices = [(each.value, show_word(each.value)) for each in AuditPurpose]
        for field in (self.until_on, self.purpose):  # authorisations stand on the same page
            field.id = field.label.field_id = f"inspection-{field.name}"


class DetailsForm(KeyedForm):
    """What somebody is called, as it was read under a version."""

    name = StringField(_("Name"), validators=[DataRequired(_("A person has a name.")), Length(max=200)])
    profession = StringField(
        _("Profession"), validators=[DataRequired(_("Such as nurse, dermatologist.")), Length(max=200)]
    )
    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


class AddressForm(KeyedForm):
    """The address of a log-in, of one that is there or of a new one."""

    email = StringField(
        _("E-mail"), validators=[DataRequired(_("A log-in has an address.")), Length(max=254)]
    )


class AuthorisationForm(KeyedForm):
    """What somebody is authorised to do, from one day until another."""

    kind = SelectField(_("Authorised to"))
    from_on = DateField(_("From"), validators=[InputRequired(_("A day."))])
    until_on = DateField(_("Until"), validators=[Optional()])
    scope = SelectField(_("Of injecting: by what"), validate_choice=False)
    training = StringField(_("Training"), validators=[Length(max=EVIDENCE_MAX)])
    trained_on = DateField(_("Trained on"), validators=[Optional()])
    file_reference = StringField(_("Where the paper is kept"), validators=[Length(max=EVIDENCE_MAX)])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind.choices = [(word, show_word(word)) for word in AUTHORISATIONS]
        with installation().reading() as connection:
            words = words_of(connection, kinds=["techniques", "devices"])
        self.scope.choices = [("", gettext("everything")), *words["techniques"], *words["devices"]]


class EndForm(KeyedForm):
    """Which authorisation ends."""

    scope = HiddenField(validators=[Length(max=100)])


class LeaveForm(KeyedForm):
    """Who takes over from somebody who leaves."""

    colleague_uid = SelectField(_("Who takes over what is open"), validate_choice=False)
    sure = BooleanField(_("Everything that opens for this person ends now, in every clinic"))


class SwitchForm(KeyedForm):
    """Whether a log-in may be used."""

    active = StringField(validators=[Regexp("^(yes|no)$")])
