-- Remove embeddings without a sample or without a vector; ingest makes the latter anew.
DELETE FROM embeddings
WHERE model_id = {model_id} AND (
    sample_id NOT IN (SELECT sample_id FROM samples)
    OR embedding_id NOT IN (SELECT v.embedding_id FROM vec_{model_id} AS v)
);
