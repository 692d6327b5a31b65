-- The layout in force of a model, with the clustering in force, and what tells both from any other:
-- a library restored from a backup gives their ids to others.
SELECT
    l.layout_id,
    c.clustering_id,
    count(u.sample_id),
    ifnull(sum(u.placed), 0),
    json_array(
        l.created_at,
        c.created_at,
        total(u.x + 3 * u.y),
        total(u.sample_id * (u.x - u.y)),
        (
            SELECT total((k.cluster + 2) * (k.sample_id % 1009 + 1)) FROM clusters AS k
            WHERE k.clustering_id = c.clustering_id
        )
    )
FROM layouts AS l
LEFT JOIN clusterings AS c ON c.model_id = l.model_id AND c.is_current = 1
LEFT JOIN layout_umap AS u ON u.layout_id = l.layout_id
WHERE l.model_id = ? AND l.is_current = 1
GROUP BY l.layout_id
