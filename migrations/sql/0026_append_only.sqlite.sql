-- What the bench answered is never rewritten.
CREATE TRIGGER passed_over_lot_refuses_update BEFORE UPDATE ON passed_over_lot
BEGIN SELECT RAISE(ABORT, 'append-only: passed_over_lot refuses UPDATE'); END;
--;
CREATE TRIGGER passed_over_lot_refuses_delete BEFORE DELETE ON passed_over_lot
BEGIN SELECT RAISE(ABORT, 'append-only: passed_over_lot refuses DELETE'); END;
--;
