INSERT INTO set_map_points (set_id, x, y, agreement, vector) VALUES (?, ?, ?, ?, ?)
