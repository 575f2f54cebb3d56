-- Whom a disclosure names is never taken back.
CREATE TRIGGER disclosed_patient_refuses_update BEFORE UPDATE ON disclosed_patient
BEGIN SELECT RAISE(ABORT, 'append-only: disclosed_patient refuses UPDATE'); END;
--;
CREATE TRIGGER disclosed_patient_refuses_delete BEFORE DELETE ON disclosed_patient
BEGIN SELECT RAISE(ABORT, 'append-only: disclosed_patient refuses DELETE'); END;
--;
