SELECT p.sample_id, p.x, p.y, c.cluster, n.name, n.parent
FROM layouts AS l
JOIN layout_umap AS p ON p.layout_id = l.layout_id
LEFT JOIN clusterings AS k ON k.model_id = l.model_id AND k.is_current = 1
LEFT JOIN clusters AS c ON c.clustering_id = k.clustering_id AND c.sample_id = p.sample_id
LEFT JOIN cluster_names AS n ON n.clustering_id = c.clustering_id AND n.cluster = c.cluster
WHERE l.model_id = ? AND l.is_current = 1
ORDER BY p.sample_id
