INSERT INTO stored_neighbors_state (model_id, neighbors, exact, built_at) VALUES (?1, ?2, ?3, NULL)
ON CONFLICT (model_id) DO UPDATE SET
    neighbors = excluded.neighbors, exact = excluded.exact, built_at = NULL;
