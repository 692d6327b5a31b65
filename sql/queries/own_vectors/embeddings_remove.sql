-- All vectors of one model that samples have; ?1 a JSON array of sample ids, ?2 the model.
DELETE FROM embeddings
WHERE model_id = ?2 AND sample_id IN (SELECT j.value FROM json_each(?1) AS j);
