-- What a supplier said stays said.
CREATE TRIGGER supplier_answer_refuses_change BEFORE UPDATE OR DELETE ON supplier_answer
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER supplier_answer_refuses_truncate BEFORE TRUNCATE ON supplier_answer
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
