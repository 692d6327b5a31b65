DELETE FROM stored_neighbors_changes WHERE model_id = ?1 AND sample_id = ?2 AND mark = ?3;
