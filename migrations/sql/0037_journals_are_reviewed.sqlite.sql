-- That somebody read a stretch of a journal is never taken back.
CREATE TRIGGER journal_review_refuses_update BEFORE UPDATE ON journal_review
BEGIN SELECT RAISE(ABORT, 'append-only: journal_review refuses UPDATE'); END;
--;
CREATE TRIGGER journal_review_refuses_delete BEFORE DELETE ON journal_review
BEGIN SELECT RAISE(ABORT, 'append-only: journal_review refuses DELETE'); END;
--;
