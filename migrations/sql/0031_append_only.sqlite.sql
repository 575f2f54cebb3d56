-- That an instruction was followed is never taken back: a later row says so.
CREATE TRIGGER session_tick_refuses_update BEFORE UPDATE ON session_tick
BEGIN SELECT RAISE(ABORT, 'append-only: session_tick refuses UPDATE'); END;
--;
CREATE TRIGGER session_tick_refuses_delete BEFORE DELETE ON session_tick
BEGIN SELECT RAISE(ABORT, 'append-only: session_tick refuses DELETE'); END;
--;
