DELETE FROM cluster_names WHERE clustering_id = ?1;
