-- That somebody read a stretch of a journal is never taken back.
CREATE TRIGGER journal_review_refuses_change BEFORE UPDATE OR DELETE ON journal_review
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER journal_review_refuses_truncate BEFORE TRUNCATE ON journal_review
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
