DELETE FROM stored_neighbors WHERE model_id = ?1;
