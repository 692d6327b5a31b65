-- A shard in numbers; own vectors, windows and the index are of its default model.
WITH chosen AS (SELECT model_id FROM models WHERE is_default = 1)
SELECT
    (SELECT count(*) FROM samples) AS sounds,
    (SELECT count(*) FROM samples WHERE status = 'missing') AS missing,
    (SELECT count(*) FROM ingest_failures) AS failures,
    (SELECT count(*) FROM embeddings JOIN chosen USING (model_id) WHERE window_index IS NULL)
        AS vectors,
    (SELECT count(*) FROM embeddings JOIN chosen USING (model_id) WHERE window_index IS NOT NULL)
        AS windows,
    (SELECT max(generation) FROM index_meta JOIN chosen USING (model_id)) AS generation
