-- That an instruction was followed is never taken back: a later row says so.
CREATE TRIGGER session_tick_refuses_change BEFORE UPDATE OR DELETE ON session_tick
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER session_tick_refuses_truncate BEFORE TRUNCATE ON session_tick
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
