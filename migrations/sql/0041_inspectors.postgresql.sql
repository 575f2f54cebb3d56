-- What somebody said that names were opened for is never taken back.
CREATE TRIGGER stated_purpose_refuses_change BEFORE UPDATE OR DELETE ON stated_purpose
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER stated_purpose_refuses_truncate BEFORE TRUNCATE ON stated_purpose
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
