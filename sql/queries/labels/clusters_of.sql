-- The clusters that samples (:samples, a JSON array of ids) are in, of those in force. Sounds are looked
-- up one by one, as they are named: left to itself, SQLite goes through all clusters for each of them.
WITH current AS MATERIALIZED (
    SELECT k.clustering_id FROM clusterings AS k WHERE k.model_id = :model_id AND k.is_current = 1
)
SELECT c.sample_id, c.cluster, coalesce(n.name, 'cluster ' || c.cluster) AS name
FROM current AS k
CROSS JOIN json_each(:samples) AS m
CROSS JOIN clusters AS c
LEFT JOIN cluster_names AS n ON n.clustering_id = c.clustering_id AND n.cluster = c.cluster
WHERE c.clustering_id = k.clustering_id AND c.sample_id = m.value AND c.cluster >= 0;
