-- The next ?2 sounds after ?1 whose files are there, with what their contents hash to.
SELECT sample_id, content_hash
FROM samples
WHERE sample_id > ?1 AND content_hash <> '' AND status IN ('ok', 'silent')
ORDER BY sample_id
LIMIT ?2
