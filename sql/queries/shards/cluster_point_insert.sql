INSERT INTO set_cluster_points (set_id, cluster, probability, vector) VALUES (?, ?, ?, ?)
