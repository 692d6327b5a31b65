SELECT
    c.cluster, n.name, n.source, n.score, g.name AS group_name, count(*) AS sounds,
    avg(c.probability) AS probability, sum(c.placed) AS placed
FROM clusters AS c
LEFT JOIN cluster_names AS n ON n.clustering_id = c.clustering_id AND n.cluster = c.cluster
LEFT JOIN cluster_names AS g ON g.clustering_id = n.clustering_id AND g.cluster = n.parent
WHERE c.clustering_id = ?
GROUP BY c.cluster
ORDER BY c.cluster = -1, sounds DESC, c.cluster
