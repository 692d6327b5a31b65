SELECT sample_id, mark FROM stored_neighbors_changes WHERE model_id = ?1;
