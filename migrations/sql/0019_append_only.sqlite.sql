-- What a supplier said stays said.
CREATE TRIGGER supplier_answer_refuses_update BEFORE UPDATE ON supplier_answer
BEGIN SELECT RAISE(ABORT, 'append-only: supplier_answer refuses UPDATE'); END;
--;
CREATE TRIGGER supplier_answer_refuses_delete BEFORE DELETE ON supplier_answer
BEGIN SELECT RAISE(ABORT, 'append-only: supplier_answer refuses DELETE'); END;
--;
