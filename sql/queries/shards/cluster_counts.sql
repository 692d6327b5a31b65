-- A shard's members of each cluster of a clustering.
SELECT cluster, count(*), total(probability), total(placed) FROM clusters
WHERE clustering_id = ? GROUP BY cluster
