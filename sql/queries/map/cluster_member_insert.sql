-- A sound that was removed meanwhile is left out.
INSERT OR REPLACE INTO clusters (
    clustering_id, sample_id, cluster, probability, placed, embedding_id
)
SELECT :clustering_id, s.sample_id, :cluster, :probability, :placed, :embedding_id
FROM samples AS s
WHERE s.sample_id = :sample_id
