-- The key of the first row of an attached table that names sample ?1.
SELECT r.key
FROM samples AS s
JOIN attached_rows AS r ON r.source_id = s.source_id AND r.path = s.path
WHERE s.sample_id = ?1
ORDER BY r.attachment_id, r.key
LIMIT 1;
