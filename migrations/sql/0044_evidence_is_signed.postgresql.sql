-- What somebody put a name to is never taken back.
CREATE TRIGGER evidence_pack_refuses_change BEFORE UPDATE OR DELETE ON evidence_pack
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER evidence_pack_refuses_truncate BEFORE TRUNCATE ON evidence_pack
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
