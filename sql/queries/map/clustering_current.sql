SELECT k.clustering_id, k.method, k.params, k.seed, k.seconds, k.created_at
FROM clusterings AS k
WHERE k.model_id = ? AND k.is_current = 1
