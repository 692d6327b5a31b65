-- Where each sample lies on the map, and in which cluster.
SELECT u.sample_id, u.x, u.y, ifnull(c.cluster, -1)
FROM layout_umap AS u
LEFT JOIN clusters AS c ON c.clustering_id = :clustering_id AND c.sample_id = u.sample_id
WHERE u.layout_id = :layout_id
ORDER BY u.sample_id
