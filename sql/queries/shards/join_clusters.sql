-- The same of clusters.
INSERT INTO clusters (clustering_id, sample_id, cluster, probability, placed, embedding_id)
SELECT here.clustering_id, c.sample_id + ?1, c.cluster, c.probability, c.placed, c.embedding_id + ?2
FROM main.clusterings AS here
JOIN other.clusterings AS there
    ON json_extract(there.params, '$.set_clusters') = json_extract(here.params, '$.set_clusters')
    AND there.is_current = 1 AND there.model_id = {other_id}
JOIN other.clusters AS c ON c.clustering_id = there.clustering_id
WHERE here.is_current = 1 AND here.model_id = {model_id}
