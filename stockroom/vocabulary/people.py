"""What people are, may do and sign."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    PRACTITIONER = "practitioner"
    NURSE = "nurse"
    MANAGER = "manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What a person may be permitted to do; `rules/permissions.py` says which role may."""

    READ_STOCK = "read_stock"
    READ_CATALOGUE = "read_catalogue"
    READ_PATIENTS = "read_patients"
    READ_TRACE = "read_trace"
    READ_JOURNAL = "read_journal"
    READ_WORTH = "read_worth"
    REVIEW_JOURNAL = "review_journal"
    SIGN_EVIDENCE = "sign_evidence"
    STATE_PURPOSE = "state_purpose"
    READ_OPERATOR_RATES = "read_operator_rates"
    READ_STAFF_ACTS = "read_staff_acts"
    MAINTAIN_CATALOGUE = "maintain_catalogue"
    CONFIRM_PRODUCT = "confirm_product"
    MAINTAIN_CLINIC = "maintain_clinic"
    MAINTAIN_USERS = "maintain_users"
    MAINTAIN_PATIENTS = "maintain_patients"
    ERASE_PATIENT = "erase_patient"
    EXPORT_PATIENT = "export_patient"
    DECIDE_SUITABILITY = "decide_suitability"
    MAINTAIN_PROTOCOLS = "maintain_protocols"
    APPROVE_RECIPE = "approve_recipe"
    WRITE_RECIPE = "write_recipe"
    RECEIVE = "receive"
    BENCH_RECEIVE = "bench_receive"
    COMPLETE_COST = "complete_cost"
    OPEN = "open"
    PREPARE = "prepare"
    USE = "use"
    PLAN_SESSION = "plan_session"
    FINISH_SESSION = "finish_session"
    SIGN_SESSION = "sign_session"
    ALLOCATE = "allocate"
    DISPOSE = "dispose"
    TRANSFER = "transfer"
    DISPATCH = "dispatch"
    HOLD = "hold"
    RELEASE_HOLD = "release_hold"
    RECALL = "recall"
    CONTACT_PATIENTS = "contact_patients"
    REVERSE = "reverse"
    CORRECT = "correct"
    CORRECT_LOT = "correct_lot"
    COUNT = "count"
    ORDER = "order"
    BRING_FORWARD = "bring_forward"
    CLOSE_PERIOD = "close_period"
    RECORD_LATE = "record_late"
    SIGN_DEVIATION = "sign_deviation"
    OVERRIDE_CLINICAL = "override_clinical"
    OVERRIDE_STOCK = "override_stock"
    MINT_TOKEN = "mint_token"  # noqa: S105 - the name of an action, not a secret
    RUN_JOB = "run_job"
    ANSWER_ALERT = "answer_alert"
    PRINT_LABEL = "print_label"
    RECORD_READING = "record_reading"
    KEEP_DAY = "keep_day"
    DECIDE_EXCURSION = "decide_excursion"


class SignOnWay(StrEnum):
    """How somebody proved who it is."""

    PASSWORD = "password"  # noqa: S105 - the name of a way, not a secret
    PIN = "pin"
    BADGE = "badge"


class SignatureWay(StrEnum):
    """How the signer of an act proved who it is: in person, or by the token that was given to a program."""

    PASSWORD = "password"  # noqa: S105 - the name of a way, not a secret
    PIN = "pin"
    BADGE = "badge"
    TOKEN = "token"  # noqa: S105 - the name of a way, not a secret


class SignatureMeaning(StrEnum):
    """What a signature says that its signer did."""

    CHECKED = "checked"
    INJECTED = "injected"
    SIGNED_OFF = "signed_off"
    """That a session is recorded as it was; whoever says so answers for it, and it is over for good."""
    DECIDED = "decided"
    """What becomes of goods that lay outside their limits."""
