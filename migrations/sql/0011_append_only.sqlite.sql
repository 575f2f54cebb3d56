-- Counts in work and what was found in them are ended, never taken away.
CREATE TRIGGER stock_count_refuses_delete BEFORE DELETE ON stock_count
BEGIN SELECT RAISE(ABORT, 'append-only: stock_count refuses DELETE'); END;
--;
CREATE TRIGGER count_find_refuses_delete BEFORE DELETE ON count_find
BEGIN SELECT RAISE(ABORT, 'append-only: count_find refuses DELETE'); END;
--;
