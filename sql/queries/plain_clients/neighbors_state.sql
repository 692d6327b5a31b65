SELECT
    t.neighbors, t.exact, t.built_at,
    (SELECT count(*) FROM stored_neighbors AS n WHERE n.model_id = t.model_id AND n.rank = 1),
    (SELECT count(*) FROM stored_neighbors_changes AS c WHERE c.model_id = t.model_id)
FROM stored_neighbors_state AS t
WHERE t.model_id = ?1;
