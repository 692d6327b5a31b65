DELETE FROM stored_neighbors_changes WHERE model_id = ?1;
