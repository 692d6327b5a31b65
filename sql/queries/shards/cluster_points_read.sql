SELECT set_id, cluster, probability, vector FROM set_cluster_points ORDER BY set_id
