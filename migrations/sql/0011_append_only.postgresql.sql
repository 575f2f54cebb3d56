-- Counts in work and what was found in them are ended, never taken away.
CREATE TRIGGER stock_count_refuses_delete BEFORE DELETE ON stock_count
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER stock_count_refuses_truncate BEFORE TRUNCATE ON stock_count
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER count_find_refuses_delete BEFORE DELETE ON count_find
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER count_find_refuses_truncate BEFORE TRUNCATE ON count_find
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
