-- Auditors sign off the organisation's journal too.
ALTER TABLE journal_review DROP CONSTRAINT ck_journal_review_stream_is_a_word
--;
ALTER TABLE journal_review ADD CONSTRAINT ck_journal_review_stream_is_a_word
CHECK (stream IN ('changes', 'disclosures', 'organisation'))
--;
