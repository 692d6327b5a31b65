-- The clusters under the default model, largest first: name, size, and the middle of each on the
-- map (NULL where there is none). Noise is cluster -1.
SELECT
    c.cluster, n.name, n.source, n.score, n.parent AS group_id, g.name AS group_name,
    count(*) AS sounds, avg(c.probability) AS probability, sum(c.placed) AS placed,
    avg(p.x) AS x, avg(p.y) AS y, avg(p.agreement) AS agreement
FROM clusterings AS k
JOIN models AS m ON m.model_id = k.model_id AND m.is_default = 1
JOIN clusters AS c ON c.clustering_id = k.clustering_id
LEFT JOIN cluster_names AS n ON n.clustering_id = c.clustering_id AND n.cluster = c.cluster
LEFT JOIN cluster_names AS g ON g.clustering_id = n.clustering_id AND g.cluster = n.parent
LEFT JOIN layouts AS l ON l.model_id = k.model_id AND l.is_current = 1
LEFT JOIN layout_umap AS p ON p.layout_id = l.layout_id AND p.sample_id = c.sample_id
WHERE k.is_current = 1
GROUP BY c.cluster
ORDER BY c.cluster = -1, sounds DESC, c.cluster
