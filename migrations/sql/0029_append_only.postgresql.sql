-- What a version said, and when a vial was really opened, is never rewritten.
CREATE TRIGGER product_rule_ingredient_refuses_update BEFORE UPDATE ON product_rule_ingredient
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER product_rule_ingredient_refuses_delete BEFORE DELETE ON product_rule_ingredient
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER product_rule_ingredient_refuses_truncate BEFORE TRUNCATE ON product_rule_ingredient
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER product_rule_incompatibility_refuses_update BEFORE UPDATE ON product_rule_incompatibility
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER product_rule_incompatibility_refuses_delete BEFORE DELETE ON product_rule_incompatibility
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER product_rule_incompatibility_refuses_truncate BEFORE TRUNCATE ON product_rule_incompatibility
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER opening_redated_refuses_update BEFORE UPDATE ON opening_redated
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER opening_redated_refuses_delete BEFORE DELETE ON opening_redated
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER opening_redated_refuses_truncate BEFORE TRUNCATE ON opening_redated
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
