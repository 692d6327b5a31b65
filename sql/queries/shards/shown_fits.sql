-- Which of the set's fits a shard shows, with what it holds of them; NULL: none, or one of its own.
WITH chosen AS (SELECT model_id FROM models WHERE is_default = 1)
SELECT
    l.layout_id,
    json_extract(l.params, '$.set_map') AS map,
    (SELECT count(*) FROM layout_umap AS u WHERE u.layout_id = l.layout_id) AS points,
    (SELECT count(*) FROM layout_umap AS u WHERE u.layout_id = l.layout_id AND u.placed = 1)
        AS placed,
    (SELECT total(u.agreement) FROM layout_umap AS u WHERE u.layout_id = l.layout_id) AS agreement,
    k.clustering_id,
    json_extract(k.params, '$.set_clusters') AS clusters,
    json_extract(k.params, '$.set_names') AS names,
    (SELECT count(*) FROM clusters AS c WHERE c.clustering_id = k.clustering_id) AS members
FROM chosen
LEFT JOIN layouts AS l ON l.model_id = chosen.model_id AND l.is_current = 1
LEFT JOIN clusterings AS k ON k.model_id = chosen.model_id AND k.is_current = 1
