-- In the catalog: what votes and anchors of a label, ?1, speak of.
SELECT sample_id, start_s, end_s FROM votes WHERE label_id = ?1
UNION
SELECT sample_id, start_s, end_s FROM anchors WHERE label_id = ?1
