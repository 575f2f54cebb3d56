-- What becomes of goods that were too warm is decided and signed; a program signs with its owner's token.
ALTER TABLE signature DROP CONSTRAINT ck_signature_meaning_is_a_word
--;
ALTER TABLE signature ADD CONSTRAINT ck_signature_meaning_is_a_word
CHECK (meaning IN ('checked', 'injected', 'decided'))
--;
ALTER TABLE signature DROP CONSTRAINT ck_signature_way_is_a_word
--;
ALTER TABLE signature ADD CONSTRAINT ck_signature_way_is_a_word
CHECK (way IN ('password', 'pin', 'badge', 'token'))
--;
