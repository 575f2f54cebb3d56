-- That a backup was made and proven is never taken back.
CREATE TRIGGER backup_made_refuses_update BEFORE UPDATE ON backup_made
BEGIN SELECT RAISE(ABORT, 'append-only: backup_made refuses UPDATE'); END;
--;
CREATE TRIGGER backup_made_refuses_delete BEFORE DELETE ON backup_made
BEGIN SELECT RAISE(ABORT, 'append-only: backup_made refuses DELETE'); END;
--;
