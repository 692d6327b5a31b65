SELECT set_id, x, y, agreement, vector FROM set_map_points ORDER BY set_id
