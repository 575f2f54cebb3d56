"""Who may call the screens of a recall, and the routes of its contacts, replies and exercises?  Part of `guards.py`."""

from __future__ import annotations

from stockroom.access.doors import Guard
from stockroom.vocabulary import Action

RECALL_GUARDS: dict[str, Guard] = {
    "GET /c/<clinic_uid>/recalls/<case_uid>/contacts": Action.READ_TRACE,
    "POST /c/<clinic_uid>/recalls/<case_uid>/contacts/check": Action.RECALL,
    "GET /c/<clinic_uid>/recalls/<case_uid>/contacts/contacts.csv": Action.CONTACT_PATIENTS,
    "GET /c/<clinic_uid>/recalls/<case_uid>/contacts/<patient_uid>": Action.CONTACT_PATIENTS,
    "POST /c/<clinic_uid>/recalls/<case_uid>/contacts/<patient_uid>": Action.CONTACT_PATIENTS,
    "POST /c/<clinic_uid>/recalls/<case_uid>/contacts/<patient_uid>/attempts/<attempt_uid>/withdrawal": (
        Action.CONTACT_PATIENTS
    ),
    "GET /c/<clinic_uid>/recalls/<case_uid>/letters": Action.CONTACT_PATIENTS,
    "POST /c/<clinic_uid>/recalls/<case_uid>/letters": Action.CONTACT_PATIENTS,
    "GET /c/<clinic_uid>/recalls/<case_uid>/letters/letters.pdf": Action.CONTACT_PATIENTS,
    "GET /c/<clinic_uid>/recalls/<case_uid>/letters/call-list.pdf": Action.CONTACT_PATIENTS,
    "POST /c/<clinic_uid>/recalls/<case_uid>/letters/sending": Action.CONTACT_PATIENTS,
    "GET /c/<clinic_uid>/recalls/<case_uid>/reply": Action.READ_TRACE,
    "POST /c/<clinic_uid>/recalls/<case_uid>/reply": Action.RECALL,
    "GET /c/<clinic_uid>/recalls/<case_uid>/reply/reply.pdf": Action.READ_TRACE,
    "GET /c/<clinic_uid>/recalls/<case_uid>/reply/replies/<int:number>.pdf": Action.READ_TRACE,
    "GET /c/<clinic_uid>/recalls/<case_uid>/reply/quantities.csv": Action.READ_TRACE,
    "GET /c/<clinic_uid>/recalls/<case_uid>/reply/by-clinic.csv": Action.READ_TRACE,
    "GET /c/<clinic_uid>/recalls/<case_uid>/evidence": Action.READ_TRACE,
    "POST /c/<clinic_uid>/recalls/<case_uid>/evidence": Action.SIGN_EVIDENCE,
    "GET /c/<clinic_uid>/recalls/<case_uid>/evidence/<evidence_uid>.pdf": Action.READ_TRACE,
    "GET /c/<clinic_uid>/mock-recalls": Action.READ_TRACE,
    "POST /c/<clinic_uid>/mock-recalls": Action.RECALL,
    "GET /c/<clinic_uid>/mock-recalls/mock-recalls.csv": Action.READ_TRACE,
    "GET /c/<clinic_uid>/mock-recalls/<case_uid>": Action.READ_TRACE,
    "POST /c/<clinic_uid>/mock-recalls/<case_uid>": Action.RECALL,
    "GET /api/v1/mock-recalls": Action.READ_TRACE,
    "POST /api/v1/mock-recalls": Action.RECALL,
    "POST /api/v1/recalls/<uid>/attempts/<attempt_uid>/withdrawal": Action.CONTACT_PATIENTS,
    "POST /api/v1/recalls/<uid>/checks": Action.RECALL,
    "GET /api/v1/recalls/<uid>/contacts": Action.READ_TRACE,
    "POST /api/v1/recalls/<uid>/contacts/<patient_uid>/attempts": Action.CONTACT_PATIENTS,
    "POST /api/v1/recalls/<uid>/letters": Action.CONTACT_PATIENTS,
    "POST /api/v1/recalls/<uid>/letters-sent": Action.CONTACT_PATIENTS,
    "GET /api/v1/recalls/<uid>/replies": Action.READ_TRACE,
    "POST /api/v1/recalls/<uid>/replies": Action.RECALL,
    "GET /api/v1/recalls/<uid>/reply": Action.READ_TRACE,
}
