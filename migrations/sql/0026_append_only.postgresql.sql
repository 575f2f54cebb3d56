-- What the bench answered is never rewritten.
CREATE TRIGGER passed_over_lot_refuses_change BEFORE UPDATE OR DELETE ON passed_over_lot
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER passed_over_lot_refuses_truncate BEFORE TRUNCATE ON passed_over_lot
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
