-- The map under the default model: where each sound lies, and the cluster it belongs to.
SELECT
    p.sample_id, s.path, p.x, p.y, p.placed, p.agreement,
    c.cluster, c.probability, n.name AS cluster_name, g.cluster AS group_id, g.name AS group_name
FROM layouts AS l
JOIN models AS m ON m.model_id = l.model_id AND m.is_default = 1
JOIN layout_umap AS p ON p.layout_id = l.layout_id
JOIN samples AS s ON s.sample_id = p.sample_id
LEFT JOIN clusterings AS k ON k.model_id = l.model_id AND k.is_current = 1
LEFT JOIN clusters AS c ON c.clustering_id = k.clustering_id AND c.sample_id = p.sample_id
LEFT JOIN cluster_names AS n ON n.clustering_id = c.clustering_id AND n.cluster = c.cluster
LEFT JOIN cluster_names AS g ON g.clustering_id = n.clustering_id AND g.cluster = n.parent
WHERE l.is_current = 1
