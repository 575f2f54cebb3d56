-- What was matched stays; deliveries and their lines are ended, never taken away.
CREATE TRIGGER bench_match_refuses_update BEFORE UPDATE ON bench_match
BEGIN SELECT RAISE(ABORT, 'append-only: bench_match refuses UPDATE'); END;
--;
CREATE TRIGGER bench_match_refuses_delete BEFORE DELETE ON bench_match
BEGIN SELECT RAISE(ABORT, 'append-only: bench_match refuses DELETE'); END;
--;
CREATE TRIGGER delivery_refuses_delete BEFORE DELETE ON delivery
BEGIN SELECT RAISE(ABORT, 'append-only: delivery refuses DELETE'); END;
--;
CREATE TRIGGER delivery_line_refuses_delete BEFORE DELETE ON delivery_line
BEGIN SELECT RAISE(ABORT, 'append-only: delivery_line refuses DELETE'); END;
--;
