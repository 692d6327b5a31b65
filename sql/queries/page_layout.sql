-- The layout in force of a model, with the clustering in force.
SELECT
    l.layout_id,
    (SELECT c.clustering_id FROM clusterings AS c WHERE c.model_id = l.model_id AND c.is_current = 1),
    (SELECT count(*) FROM layout_umap AS u WHERE u.layout_id = l.layout_id),
    (SELECT ifnull(sum(u.placed), 0) FROM layout_umap AS u WHERE u.layout_id = l.layout_id)
FROM layouts AS l
WHERE l.model_id = ? AND l.is_current = 1
