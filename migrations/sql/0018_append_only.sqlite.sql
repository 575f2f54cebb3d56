-- A signature stays as it was given; tablets and badges are revoked, never taken away.
CREATE TRIGGER signature_refuses_update BEFORE UPDATE ON signature
BEGIN SELECT RAISE(ABORT, 'append-only: signature refuses UPDATE'); END;
--;
CREATE TRIGGER signature_refuses_delete BEFORE DELETE ON signature
BEGIN SELECT RAISE(ABORT, 'append-only: signature refuses DELETE'); END;
--;
CREATE TRIGGER tablet_refuses_delete BEFORE DELETE ON tablet
BEGIN SELECT RAISE(ABORT, 'append-only: tablet refuses DELETE'); END;
--;
CREATE TRIGGER badge_refuses_delete BEFORE DELETE ON badge
BEGIN SELECT RAISE(ABORT, 'append-only: badge refuses DELETE'); END;
--;
