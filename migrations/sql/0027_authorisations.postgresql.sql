-- More acts than three are authorised, by somebody, with evidence.
ALTER TABLE authorisation ADD COLUMN scope TEXT NOT NULL DEFAULT '',
ADD COLUMN granted_by_id BIGINT CONSTRAINT fk_authorisation_granted_by_id REFERENCES person (id),
ADD COLUMN granted_at TIMESTAMP WITH TIME ZONE,
ADD COLUMN training TEXT NOT NULL DEFAULT '',
ADD COLUMN trained_on DATE,
ADD COLUMN file_reference TEXT NOT NULL DEFAULT ''
--;
ALTER TABLE authorisation ALTER COLUMN scope DROP DEFAULT,
ALTER COLUMN training DROP DEFAULT,
ALTER COLUMN file_reference DROP DEFAULT
--;
ALTER TABLE authorisation DROP CONSTRAINT ck_authorisation_kind_is_a_word
--;
ALTER TABLE authorisation ADD CONSTRAINT ck_authorisation_kind_is_a_word
CHECK (kind IN ('prescribe', 'inject', 'compound', 'receive', 'check', 'release_hold', 'override'))
--;
ALTER TABLE authorisation ADD CONSTRAINT ck_authorisation_scope_of_injecting
CHECK (scope = '' OR kind = 'inject')
--;
