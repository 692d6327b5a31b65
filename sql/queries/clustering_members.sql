SELECT c.sample_id, c.cluster, c.placed
FROM clusters AS c
WHERE c.clustering_id = ?
ORDER BY c.sample_id
