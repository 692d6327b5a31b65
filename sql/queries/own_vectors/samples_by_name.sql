-- Samples of the source ?1 by their names, ?2 a JSON array: place in it, and sample.
SELECT j.key, s.sample_id
FROM json_each(?2) AS j
CROSS JOIN samples AS s ON s.source_id = ?1 AND s.path = j.value;
