"""Does the table of role x action keep apart what must be kept apart?"""

from __future__ import annotations

import pytest

from stockroom.rules import permissions
from stockroom.rules.permissions import READ_ACTIONS, ROLE_ACTIONS, may, may_grant, roles_for
from stockroom.vocabulary import Action, Role

CLINICAL = {
    Action.APPROVE_RECIPE,
    Action.SIGN_SESSION,
    Action.SIGN_DEVIATION,
    Action.OVERRIDE_CLINICAL,
    Action.USE,
    Action.OPEN,
    Action.PREPARE,
}


def test_every_role_and_every_action_is_in_the_table() -> None:
    assert set(ROLE_ACTIONS) == set(Role)
    assert all(roles_for(action) for action in Action)


def test_the_auditor_reads_everything_and_writes_nothing_but_what_was_read() -> None:
    assert {action for action in Action if action.value.startswith("read_")} == READ_ACTIONS
    signs = {Action.REVIEW_JOURNAL, Action.SIGN_EVIDENCE, Action.STATE_PURPOSE}
    assert ROLE_ACTIONS[Role.AUDITOR] == READ_ACTIONS | signs


@pytest.mark.parametrize("action", sorted(CLINICAL))
@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_clinical_acts_never_carry_the_name_of_an_office(role: Role, action: Action) -> None:
    assert not may({role}, action)


@pytest.mark.parametrize(
    "action",
    [Action.APPROVE_RECIPE, Action.SIGN_SESSION, Action.SIGN_DEVIATION, Action.OVERRIDE_CLINICAL],
)
def test_only_a_practitioner_decides_clinically(action: Action) -> None:
    assert roles_for(action) == {Role.PRACTITIONER}


def test_who_manages_users_sees_no_patient_and_the_other_way_round() -> None:
    assert roles_for(Action.MAINTAIN_USERS) == {Role.ADMINISTRATOR}
    assert roles_for(Action.READ_PATIENTS) == set(Role) - {Role.ADMINISTRATOR}
    assert roles_for(Action.READ_TRACE) == set(Role) - {Role.ADMINISTRATOR}
    assert roles_for(Action.MAINTAIN_PATIENTS) == {Role.NURSE, Role.PRACTITIONER}


@pytest.mark.parametrize(
    "action",
    [
        Action.RECEIVE,
        Action.OPEN,
        Action.PREPARE,
        Action.USE,
        Action.DISPOSE,
        Action.TRANSFER,
        Action.HOLD,
        Action.COUNT,
        Action.REVERSE,
        Action.RECORD_LATE,
    ],
)
def test_a_nurse_does_the_main_job(action: Action) -> None:
    assert may({Role.NURSE}, action)


def test_a_nurse_stops_goods_and_somebody_else_lets_them_go() -> None:
    assert may({Role.NURSE}, Action.HOLD)
    assert roles_for(Action.RELEASE_HOLD) == {Role.MANAGER, Role.PRACTITIONER}


def test_roles_add_up_and_no_role_may_nothing() -> None:
    both = {Role.NURSE, Role.MANAGER}

    assert may(both, Action.USE)
    assert may(both, Action.CLOSE_PERIOD)
    assert not any(may((), action) for action in Action)


def test_a_refusal_says_who_may() -> None:
    with pytest.raises(permissions.ActionForbidden) as refusal:
        permissions.require({Role.NURSE}, Action.RELEASE_HOLD)

    assert refusal.value.facts == {"action": "release_hold", "may": ("manager", "practitioner")}


@pytest.mark.parametrize(
    ("roles", "is_own", "is_use", "refused"),
    [
        ({Role.NURSE}, True, True, None),
        ({Role.NURSE}, True, False, None),
        ({Role.NURSE}, False, False, permissions.NotYoursToReverse),
        ({Role.NURSE}, False, True, permissions.NotYoursToReverse),
        ({Role.MANAGER}, False, False, None),
        ({Role.MANAGER}, False, True, permissions.NotYoursToReverse),
        ({Role.PRACTITIONER}, False, False, None),
        ({Role.PRACTITIONER}, False, True, None),
        ({Role.AUDITOR}, True, False, permissions.ActionForbidden),
        ({Role.ADMINISTRATOR}, True, False, permissions.ActionForbidden),
    ],
)
def test_a_nurse_reverses_her_own_and_a_manager_no_use(
    roles: set[Role], is_own: bool, is_use: bool, refused: type[Exception] | None
) -> None:
    if refused is None:
        permissions.require_reversal(frozenset(roles), is_own=is_own, is_use=is_use)
    else:
        with pytest.raises(refused):
            permissions.require_reversal(frozenset(roles), is_own=is_own, is_use=is_use)


@pytest.mark.parametrize("role", list(Role))
def test_only_an_administrator_gives_roles_and_never_to_himself(role: Role) -> None:
    others = set(Role) - {Role.ADMINISTRATOR}

    assert may_grant({Role.ADMINISTRATOR}, role)
    assert not may_grant({Role.ADMINISTRATOR}, role, to_self=True)
    assert not may_grant(others, role)
    with pytest.raises(permissions.GrantForbidden):
        permissions.require_grant(others, role)


def test_a_token_never_may_more_than_its_owner() -> None:
    nurse = frozenset({Role.NURSE})

    permissions.require_mint(nurse, frozenset({Action.USE, Action.RECEIVE}))
    with pytest.raises(permissions.GrantForbidden) as refusal:
        permissions.require_mint(nurse, frozenset({Action.USE, Action.RECALL}))
    with pytest.raises(permissions.ActionForbidden):
        permissions.require_mint(frozenset({Role.AUDITOR}), frozenset({Action.READ_STOCK}))

    assert refusal.value.what == "recall"
