-- Samples with the first one of the same content; a missing file duplicates nothing.
SELECT min(sample_id) OVER (PARTITION BY content_hash) AS first, sample_id
FROM samples
WHERE status IN ('ok', 'silent') AND content_hash IN (
    SELECT content_hash FROM samples WHERE content_hash <> '' GROUP BY content_hash
    HAVING count(*) FILTER (WHERE status IN ('ok', 'silent')) > 1
);
