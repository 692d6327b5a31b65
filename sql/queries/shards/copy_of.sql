-- The catalog's copy of a sound, by its source's folder and its path.
SELECT s.sample_id
FROM samples AS s
JOIN sources AS o USING (source_id)
WHERE o.root = ? AND s.path = ?
