-- What a version said, and when a vial was really opened, is never rewritten.
CREATE TRIGGER product_rule_ingredient_refuses_update BEFORE UPDATE ON product_rule_ingredient
BEGIN SELECT RAISE(ABORT, 'append-only: product_rule_ingredient refuses UPDATE'); END;
--;
CREATE TRIGGER product_rule_ingredient_refuses_delete BEFORE DELETE ON product_rule_ingredient
BEGIN SELECT RAISE(ABORT, 'append-only: product_rule_ingredient refuses DELETE'); END;
--;
CREATE TRIGGER product_rule_incompatibility_refuses_update BEFORE UPDATE ON product_rule_incompatibility
BEGIN SELECT RAISE(ABORT, 'append-only: product_rule_incompatibility refuses UPDATE'); END;
--;
CREATE TRIGGER product_rule_incompatibility_refuses_delete BEFORE DELETE ON product_rule_incompatibility
BEGIN SELECT RAISE(ABORT, 'append-only: product_rule_incompatibility refuses DELETE'); END;
--;
CREATE TRIGGER opening_redated_refuses_update BEFORE UPDATE ON opening_redated
BEGIN SELECT RAISE(ABORT, 'append-only: opening_redated refuses UPDATE'); END;
--;
CREATE TRIGGER opening_redated_refuses_delete BEFORE DELETE ON opening_redated
BEGIN SELECT RAISE(ABORT, 'append-only: opening_redated refuses DELETE'); END;
--;
