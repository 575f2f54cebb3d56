"""Which role may do what?

The one table of role x action.  Roles add up: a person who holds several may do what any of them may.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Forbidden, extracted
from stockroom.vocabulary import Action, Role


@dataclass(eq=False, kw_only=True)
class ActionForbidden(Forbidden):
    """None of this person's roles in this clinic permits the action."""

    code: ClassVar[str] = "action_forbidden"
    message: ClassVar[str] = extracted(
        "Your role in this clinic does not permit this. Ask somebody who is: {may}."
    )
    action: str
    may: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class NotYoursToReverse(Forbidden):
    """A nurse takes back her own bookings; those of others are for somebody with more responsibility."""

    code: ClassVar[str] = "not_yours_to_reverse"
    message: ClassVar[str] = extracted(
        "Somebody else booked this. Ask that person, or somebody who is: {may}."
    )
    may: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class GrantForbidden(Forbidden):
    """Nobody gives away what he or she may not give, nor anything to himself or herself."""

    code: ClassVar[str] = "grant_forbidden"
    message: ClassVar[str] = extracted(
        "You may not give away {what}. An administrator gives roles, and never to himself or herself; "
        "a token never may more than its owner."
    )
    what: str


AUTHORISATIONS = ("prescribe", "inject", "compound", "receive", "check", "release_hold", "override")
"""What somebody may do by profession, from one day until another; beside it a role has to permit the act."""
READ_ACTIONS = frozenset(
    {
        Action.READ_STOCK,
        Action.READ_CATALOGUE,
        Action.READ_PATIENTS,
        Action.READ_TRACE,
        Action.READ_JOURNAL,
        Action.READ_WORTH,
        Action.READ_OPERATOR_RATES,
        Action.READ_STAFF_ACTS,
    }
)
"""Actions that change nothing.  Reading patients is journalled as a disclosure, whoever reads."""

_AT_THE_BENCH = frozenset(
    {
        Action.READ_STOCK,
        Action.READ_CATALOGUE,
        Action.READ_PATIENTS,
        Action.READ_TRACE,
        Action.MAINTAIN_PATIENTS,
        Action.CONTACT_PATIENTS,
        Action.WRITE_RECIPE,
        Action.BENCH_RECEIVE,
        Action.OPEN,
        Action.PREPARE,
        Action.USE,
        Action.PLAN_SESSION,
        Action.FINISH_SESSION,
        Action.ALLOCATE,
        Action.DISPOSE,
        Action.TRANSFER,
        Action.HOLD,
        Action.REVERSE,
        Action.CORRECT,
        Action.RECORD_LATE,
        Action.MINT_TOKEN,
        Action.ANSWER_ALERT,
        Action.PRINT_LABEL,
        Action.RECORD_READING,
        Action.KEEP_DAY,
    }
)
"""What nurse and practitioner both do with a patient in the room."""

ROLE_ACTIONS: dict[Role, frozenset[Action]] = {
    Role.NURSE: _AT_THE_BENCH | {Action.RECEIVE, Action.DISPATCH, Action.COUNT},
    Role.PRACTITIONER: _AT_THE_BENCH
    | {
        Action.CONFIRM_PRODUCT,
        Action.MAINTAIN_PROTOCOLS,
        Action.APPROVE_RECIPE,
        Action.DECIDE_SUITABILITY,
        Action.EXPORT_PATIENT,
        Action.SIGN_SESSION,
        Action.SIGN_EVIDENCE,
        Action.SIGN_DEVIATION,
        Action.OVERRIDE_CLINICAL,
        Action.OVERRIDE_STOCK,
        Action.RELEASE_HOLD,
        Action.RECALL,
        Action.CORRECT_LOT,
        Action.DECIDE_EXCURSION,
    },
    Role.MANAGER: frozenset(
        {
            Action.READ_STOCK,
            Action.READ_CATALOGUE,
            Action.READ_PATIENTS,
            Action.READ_TRACE,
            Action.READ_JOURNAL,
            Action.READ_WORTH,
            Action.READ_OPERATOR_RATES,
            Action.READ_STAFF_ACTS,
            Action.SIGN_EVIDENCE,
            Action.MAINTAIN_CATALOGUE,
            Action.CONFIRM_PRODUCT,
            Action.MAINTAIN_CLINIC,
            Action.ERASE_PATIENT,
            Action.EXPORT_PATIENT,
            Action.MAINTAIN_PROTOCOLS,
            Action.RECEIVE,
            Action.BENCH_RECEIVE,
            Action.COMPLETE_COST,
            Action.PLAN_SESSION,
            Action.ALLOCATE,
            Action.DISPOSE,
            Action.TRANSFER,
            Action.DISPATCH,
            Action.HOLD,
            Action.RELEASE_HOLD,
            Action.RECALL,
            Action.CONTACT_PATIENTS,
            Action.REVERSE,
            Action.CORRECT_LOT,
            Action.COUNT,
            Action.ORDER,
            Action.BRING_FORWARD,
            Action.CLOSE_PERIOD,
            Action.RECORD_LATE,
            Action.OVERRIDE_STOCK,
            Action.MINT_TOKEN,
            Action.RUN_JOB,
            Action.ANSWER_ALERT,
            Action.PRINT_LABEL,
            Action.RECORD_READING,
            Action.KEEP_DAY,
            Action.DECIDE_EXCURSION,
        }
    ),
    Role.AUDITOR: READ_ACTIONS | {Action.REVIEW_JOURNAL, Action.SIGN_EVIDENCE, Action.STATE_PURPOSE},
    Role.ADMINISTRATOR: frozenset(
        {
            Action.READ_STOCK,
            Action.READ_CATALOGUE,
            Action.READ_JOURNAL,
            Action.MAINTAIN_CATALOGUE,
            Action.MAINTAIN_CLINIC,
            Action.MAINTAIN_USERS,
            Action.MINT_TOKEN,
            Action.RUN_JOB,
            Action.ANSWER_ALERT,
            Action.PRINT_LABEL,
        }
    ),
}
"""Kept apart on purpose: who manages users reads no patient; who decides on patients manages no
user; who orders and counts overrides nothing clinical; who audits writes nothing."""

BENCH_ROLES = frozenset({Role.NURSE, Role.PRACTITIONER})
"""The roles that count at a tablet of the clinic, whatever else its user is."""
NOT_AT_A_TABLET = frozenset({Action.MINT_TOKEN})
"""What no badge and no PIN opens: a token would outlive the tablet, and may what its owner may elsewhere."""

_GRANTS: dict[Role, frozenset[Role]] = {Role.ADMINISTRATOR: frozenset(Role)}


def permitted(roles: Iterable[Role]) -> frozenset[Action]:
    """Give everything that these roles together may do."""
    return frozenset[Action]().union(*(ROLE_ACTIONS[role] for role in roles))


def permitted_at_tablet(roles: Iterable[Role]) -> frozenset[Action]:
    """Give everything that these roles together may do at a tablet."""
    return permitted(frozenset(roles) & BENCH_ROLES) - NOT_AT_A_TABLET


def may(roles: Iterable[Role], action: Action) -> bool:
    """True when one of these roles may do `action`."""
    return action in permitted(roles)


def require_any(roles: Iterable[Role], actions: Collection[Action]) -> None:
    """Raise ActionForbidden, naming who may, unless one of these roles may do one of `actions`."""
    if not permitted(roles) & frozenset(actions):
        names = frozenset[Role]().union(*(roles_for(action) for action in actions))
        raise ActionForbidden(action=" / ".join(sorted(actions)), may=_names(names))


def require(roles: Iterable[Role], action: Action) -> None:
    """Raise ActionForbidden, naming who may, unless one of these roles may do `action`."""
    if not may(roles, action):
        raise ActionForbidden(action=action.value, may=_names(roles_for(action)))


def roles_for(action: Action) -> frozenset[Role]:
    """Give the roles that may do `action`."""
    return frozenset(role for role, actions in ROLE_ACTIONS.items() if action in actions)


def require_reversal(roles: frozenset[Role], *, is_own: bool, is_use: bool) -> None:
    """Raise unless these roles may reverse (or correct) a movement.

    One's own: whoever may REVERSE, else ActionForbidden.  Somebody else's use on a patient: a
    practitioner; somebody else's anything: a manager or practitioner; else NotYoursToReverse.
    """
    require(roles, Action.REVERSE)
    if not is_own and not roles & _answerable(is_use=is_use):
        raise NotYoursToReverse(may=_names(_answerable(is_use=is_use)))


def may_reverse(roles: frozenset[Role], *, is_own: bool, is_use: bool) -> bool:
    """True where `require_reversal` lets them."""
    return may(roles, Action.REVERSE) and (is_own or bool(roles & _answerable(is_use=is_use)))


def _answerable(*, is_use: bool) -> frozenset[Role]:
    return frozenset({Role.PRACTITIONER} if is_use else {Role.PRACTITIONER, Role.MANAGER})


def require_spill(roles: frozenset[Role], *, is_own: bool, is_over: bool) -> None:
    """Raise unless these roles may say that a use broke or was spilled before it reached the patient.

    What fell is a fact that whoever stands in the room may write down: one's own use, or while its session
    goes on whoever may USE.  Afterwards it is a reversal like any other (`require_reversal`).
    """
    if is_own or is_over:
        require_reversal(roles, is_own=is_own and not is_over, is_use=True)
    else:
        require(roles, Action.REVERSE)
        require(roles, Action.USE)


def may_grant(roles: Iterable[Role], role: Role, *, to_self: bool = False) -> bool:
    """True when a person with these roles may make somebody a `role`; never himself or herself."""
    return not to_self and any(role in _GRANTS.get(held, ()) for held in roles)


def require_grant(roles: Iterable[Role], role: Role, *, to_self: bool = False) -> None:
    """Raise GrantForbidden unless `may_grant`."""
    if not may_grant(roles, role, to_self=to_self):
        raise GrantForbidden(what=role.value)


def require_mint(roles: frozenset[Role], actions: frozenset[Action]) -> None:
    """Raise unless a person with these roles may mint a token of his or her own for `actions`.

    Raises ActionForbidden without MINT_TOKEN, and GrantForbidden when the token would do more than
    its owner may.
    """
    require(roles, Action.MINT_TOKEN)
    require_within(roles, actions)


def require_within(roles: frozenset[Role], actions: frozenset[Action]) -> None:
    """Raise GrantForbidden when `actions` hold something that a person with these roles may not do."""
    excess = actions - permitted(roles)
    if excess:
        raise GrantForbidden(what=", ".join(sorted(excess)))


def _names(roles: Iterable[Role]) -> tuple[str, ...]:
    return tuple(sorted(role.value for role in roles))
