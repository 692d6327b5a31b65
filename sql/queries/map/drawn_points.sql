-- The points of a map as they were kept with it; none where what was kept is no such map.
SELECT d.bounds, d.sample_ids, d.positions, d.members
FROM map_drawn AS d
WHERE d.layout_id = :layout_id AND d.clustering_id IS :clustering_id AND d.drawn = :drawn
    AND json_valid(d.bounds) AND json_array_length(d.bounds) = 4
    AND typeof(d.sample_ids) = 'blob' AND length(d.sample_ids) = 8 * d.points
    AND typeof(d.positions) = 'blob' AND length(d.positions) = 4 * d.points
    AND typeof(d.members) = 'blob' AND length(d.members) = 4 * d.points
