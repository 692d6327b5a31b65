-- Samples that a person has said something about as a whole, by vote or as an anchor.
SELECT sample_id FROM votes WHERE label_id = ?1 AND start_s IS NULL
UNION
SELECT sample_id FROM anchors WHERE label_id = ?1 AND start_s IS NULL;
