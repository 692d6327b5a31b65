SELECT c.sample_id, c.cluster, c.placed, ifnull(c.embedding_id, -1)
FROM clusters AS c
WHERE c.clustering_id = ?
ORDER BY c.sample_id
