-- The last sample's id and the last embedding's; 0 where there is none.
SELECT
    (SELECT ifnull(max(sample_id), 0) FROM samples),
    (SELECT ifnull(max(embedding_id), 0) FROM embeddings);
