-- Samples that a person has said something about, by vote or as an anchor.
SELECT sample_id FROM votes WHERE label_id = ?1
UNION
SELECT sample_id FROM anchors WHERE label_id = ?1;
