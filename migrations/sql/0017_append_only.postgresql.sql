-- That a backup was made and proven is never taken back.
CREATE TRIGGER backup_made_refuses_change BEFORE UPDATE OR DELETE ON backup_made
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER backup_made_refuses_truncate BEFORE TRUNCATE ON backup_made
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
