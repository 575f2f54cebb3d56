-- A practitioner signs a session off: the signature stands beside the others.
ALTER TABLE signature DROP CONSTRAINT ck_signature_meaning_is_a_word
--;
ALTER TABLE signature ADD CONSTRAINT ck_signature_meaning_is_a_word
CHECK (meaning IN ('checked', 'injected', 'signed_off', 'decided'))
--;
