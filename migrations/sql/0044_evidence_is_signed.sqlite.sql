-- What somebody put a name to is never taken back.
CREATE TRIGGER evidence_pack_refuses_update BEFORE UPDATE ON evidence_pack
BEGIN SELECT RAISE(ABORT, 'append-only: evidence_pack refuses UPDATE'); END;
--;
CREATE TRIGGER evidence_pack_refuses_delete BEFORE DELETE ON evidence_pack
BEGIN SELECT RAISE(ABORT, 'append-only: evidence_pack refuses DELETE'); END;
--;
