DELETE FROM stored_neighbors
WHERE model_id = ?1 AND sample_id IN (SELECT j.value FROM json_each(?2) AS j);
