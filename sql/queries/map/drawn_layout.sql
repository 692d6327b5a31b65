-- The layout in force of a model as shown_layout tells it, where that was kept: none where a trigger
-- was missing that takes it away when a point changes.
SELECT d.layout_id, d.clustering_id, d.points, d.placed, d.drawn
FROM layouts AS l
LEFT JOIN clusterings AS c ON c.model_id = l.model_id AND c.is_current = 1
JOIN map_drawn AS d ON d.layout_id = l.layout_id AND d.clustering_id IS c.clustering_id
WHERE l.model_id = ? AND l.is_current = 1
    AND (
        SELECT count(*) FROM sqlite_schema AS s WHERE s.type = 'trigger' AND s.name GLOB 'map_drawn_*'
    ) = 6
