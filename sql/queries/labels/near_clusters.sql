-- The clusters that a label's matches fall into, beside those of its anchors: what else lies near
-- it. In the order of the matches (:matches, a JSON array of sample ids). Sounds are looked up one by
-- one, as they are named: left to itself, SQLite goes through all clusters for each of them.
WITH current AS MATERIALIZED (
    SELECT k.clustering_id FROM clusterings AS k WHERE k.model_id = :model_id AND k.is_current = 1
),
own AS MATERIALIZED (
    SELECT DISTINCT o.cluster
    FROM current AS k
    CROSS JOIN json_each(:anchors) AS a
    CROSS JOIN clusters AS o
    WHERE o.clustering_id = k.clustering_id AND o.sample_id = a.value
)
SELECT coalesce(n.name, 'cluster ' || c.cluster) AS name, c.sample_id
FROM current AS k
CROSS JOIN json_each(:matches) AS m
CROSS JOIN clusters AS c
LEFT JOIN cluster_names AS n ON n.clustering_id = c.clustering_id AND n.cluster = c.cluster
WHERE c.clustering_id = k.clustering_id AND c.sample_id = m.value AND c.cluster >= 0
    AND c.cluster NOT IN (SELECT w.cluster FROM own AS w)
ORDER BY m.key;
