-- What a shard has of its default model: own vectors, windows and the index.
WITH chosen AS (SELECT model_id FROM models WHERE is_default = 1)
SELECT
    (SELECT count(*) FROM embeddings JOIN chosen USING (model_id) WHERE window_index IS NULL)
        AS vectors,
    (SELECT count(*) FROM embeddings JOIN chosen USING (model_id) WHERE window_index IS NOT NULL)
        AS windows,
    (SELECT max(generation) FROM index_meta JOIN chosen USING (model_id)) AS generation
