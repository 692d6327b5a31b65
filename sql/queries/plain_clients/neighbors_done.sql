UPDATE stored_neighbors_state SET built_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE model_id = ?1 AND neighbors = ?2;
