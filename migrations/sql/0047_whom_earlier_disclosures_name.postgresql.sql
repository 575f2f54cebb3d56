-- Each patient whom an entry names, once.
INSERT INTO disclosed_patient (patient_id, clinic_id, seq)
SELECT DISTINCT patient.id, entry.clinic_id, entry.seq
FROM journal_entry entry
CROSS JOIN LATERAL jsonb_array_elements_text(
    CASE WHEN entry.payload::jsonb ? 'patients' THEN entry.payload::jsonb -> 'patients' ELSE '[]' END
) named (uid)
JOIN patient ON patient.uid = named.uid::uuid
WHERE entry.stream = 'disclosures';
--;
