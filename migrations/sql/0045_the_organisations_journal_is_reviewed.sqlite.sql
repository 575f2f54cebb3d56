-- Auditors sign off the organisation's journal too.  SQLite changes no CHECK: the table is made anew, as it was.
CREATE TABLE journal_review_anew (
	id INTEGER NOT NULL,
	uid TEXT NOT NULL,
	clinic_id INTEGER NOT NULL,
	stream TEXT NOT NULL,
	first_seq INTEGER NOT NULL,
	through_seq INTEGER NOT NULL,
	through_hash TEXT NOT NULL,
	comment TEXT NOT NULL,
	reviewed_by_id INTEGER NOT NULL,
	reviewed_at TEXT NOT NULL,
	CONSTRAINT pk_journal_review PRIMARY KEY (id),
	CONSTRAINT ck_journal_review_stream_is_a_word CHECK (stream IN ('changes', 'disclosures', 'organisation')),
	CONSTRAINT ck_journal_review_runs_upwards CHECK (first_seq > 0 AND through_seq >= first_seq),
	CONSTRAINT ck_journal_review_says_something CHECK (comment <> ''),
	CONSTRAINT fk_journal_review_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_journal_review_reviewed_by_id FOREIGN KEY(reviewed_by_id) REFERENCES person (id),
	CONSTRAINT uq_journal_review_uid UNIQUE (uid),
	CONSTRAINT uq_journal_review_clinic_id_stream_first_seq UNIQUE (clinic_id, stream, first_seq)
) STRICT
--;
INSERT INTO journal_review_anew (id, uid, clinic_id, stream, first_seq, through_seq, through_hash, comment, reviewed_by_id, reviewed_at)
SELECT id, uid, clinic_id, stream, first_seq, through_seq, through_hash, comment, reviewed_by_id, reviewed_at
FROM journal_review
--;
DROP TRIGGER journal_review_refuses_delete
--;
DROP TABLE journal_review
--;
ALTER TABLE journal_review_anew RENAME TO journal_review
--;
CREATE TRIGGER journal_review_refuses_update BEFORE UPDATE ON journal_review
BEGIN SELECT RAISE(ABORT, 'append-only: journal_review refuses UPDATE'); END;
--;
CREATE TRIGGER journal_review_refuses_delete BEFORE DELETE ON journal_review
BEGIN SELECT RAISE(ABORT, 'append-only: journal_review refuses DELETE'); END;
--;
