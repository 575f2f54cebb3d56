-- What somebody said that names were opened for is never taken back.
CREATE TRIGGER stated_purpose_refuses_update BEFORE UPDATE ON stated_purpose
BEGIN SELECT RAISE(ABORT, 'append-only: stated_purpose refuses UPDATE'); END;
--;
CREATE TRIGGER stated_purpose_refuses_delete BEFORE DELETE ON stated_purpose
BEGIN SELECT RAISE(ABORT, 'append-only: stated_purpose refuses DELETE'); END;
--;
