-- A signature stays as it was given; tablets and badges are revoked, never taken away.
CREATE TRIGGER signature_refuses_change BEFORE UPDATE OR DELETE ON signature
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER signature_refuses_truncate BEFORE TRUNCATE ON signature
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER tablet_refuses_delete BEFORE DELETE ON tablet
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER tablet_refuses_truncate BEFORE TRUNCATE ON tablet
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER badge_refuses_delete BEFORE DELETE ON badge
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER badge_refuses_truncate BEFORE TRUNCATE ON badge
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
