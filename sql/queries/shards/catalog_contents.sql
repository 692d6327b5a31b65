-- The catalog's sounds, as `catalog_sounds`, with what they held when they were copied.
SELECT p.sample_id, s.root, p.path, p.content_hash
FROM samples AS p
JOIN sources AS s USING (source_id)
WHERE p.content_hash IS NOT NULL
