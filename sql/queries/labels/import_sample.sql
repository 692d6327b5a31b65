-- The sample that a record speaks of: the same content, at the same place if there are several;
-- by path alone only where the record has no hash.
SELECT s.sample_id
FROM samples AS s
JOIN sources AS src USING (source_id)
WHERE (:content_hash IS NOT NULL AND s.content_hash = :content_hash)
    OR (:content_hash IS NULL AND s.path = :path AND (:root IS NULL OR src.root = :root))
ORDER BY s.path IS NOT :path, src.root IS NOT :root, s.sample_id
LIMIT 1;
