-- How many known rows (of attachment ?1) name another sound by now, or none.
SELECT count(*)
FROM temp.attached_new AS n
JOIN attached_rows AS r ON r.attachment_id = ?1 AND r.key = n.key
WHERE (n.source_id, n.path, n.path_bytes, n.start_s, n.end_s)
    IS NOT (r.source_id, r.path, r.path_bytes, r.start_s, r.end_s);
