-- Rows (of attachment ?1) without a sound, whose reason was not known yet.
SELECT n.key, n.problem
FROM temp.attached_new AS n
LEFT JOIN attached_rows AS r ON r.attachment_id = ?1 AND r.key = n.key
WHERE n.problem IS NOT NULL AND n.problem IS NOT r.problem
ORDER BY n.key;
