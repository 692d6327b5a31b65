-- The clusters that a label's matches fall into, beside those of its anchors: what else lies near
-- it. In the order of the matches (:matches, a JSON array of sample ids).
SELECT coalesce(n.name, 'cluster ' || c.cluster) AS name, c.sample_id
FROM clusterings AS k
CROSS JOIN json_each(:matches) AS m
JOIN clusters AS c ON c.clustering_id = k.clustering_id AND c.sample_id = m.value
LEFT JOIN cluster_names AS n ON n.clustering_id = c.clustering_id AND n.cluster = c.cluster
WHERE k.model_id = :model_id AND k.is_current = 1 AND c.cluster >= 0
    AND c.cluster NOT IN (
        SELECT o.cluster
        FROM json_each(:anchors) AS a
        JOIN clusters AS o ON o.clustering_id = k.clustering_id AND o.sample_id = a.value
    )
ORDER BY m.key;
