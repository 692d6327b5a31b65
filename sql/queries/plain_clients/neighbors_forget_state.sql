DELETE FROM stored_neighbors_state WHERE model_id = ?1;
