-- Each patient whom an entry names, once.  Uids are kept without dashes on SQLite, and with them in JSON.
INSERT INTO disclosed_patient (patient_id, clinic_id, seq)
SELECT DISTINCT patient.id, entry.clinic_id, entry.seq
FROM journal_entry entry, json_each(entry.payload, '$.patients') named
JOIN patient ON patient.uid = replace(named.value, '-', '')
WHERE entry.stream = 'disclosures';
--;
