-- The vectors of spans under model ?2 that are of the sounds as they are now; ?1 is a JSON array of
-- [sample_id, start_s, end_s]. In the order asked for.
SELECT p.sample_id, p.start_s, p.end_s, p.vector
FROM json_each(?1) AS wanted
CROSS JOIN samples AS s ON s.sample_id = wanted.value ->> 0
CROSS JOIN span_vectors AS p
    ON p.sample_id = wanted.value ->> 0 AND p.start_s = wanted.value ->> 1
    AND p.end_s = wanted.value ->> 2 AND p.model_id = ?2 AND p.content_hash = s.content_hash
ORDER BY wanted.key;
