INSERT INTO clusterings (model_id, method, params, seed, seconds, is_current)
VALUES (:model_id, :method, :params, :seed, :seconds, 1)
RETURNING clustering_id
