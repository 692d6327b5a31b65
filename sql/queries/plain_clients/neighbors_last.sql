SELECT sample_id, score FROM stored_neighbors WHERE model_id = ?1 AND rank = ?2 ORDER BY sample_id;
