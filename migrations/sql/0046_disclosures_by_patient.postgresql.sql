-- Whom a disclosure names is never taken back.
CREATE TRIGGER disclosed_patient_refuses_change BEFORE UPDATE OR DELETE ON disclosed_patient
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER disclosed_patient_refuses_truncate BEFORE TRUNCATE ON disclosed_patient
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
