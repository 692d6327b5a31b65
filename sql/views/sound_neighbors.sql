-- Each sound's nearest sounds under the default model, as `sqlclap neighbors --store` kept them, with
-- the keys of the rows of attached tables that name both.
-- stale is 1 where sounds have changed since: the command finds anew what that concerns. Needs no
-- extension.
SELECT
    n.sample_id, s.path, n.rank, n.neighbor_id, o.path AS neighbor_path, n.score,
    (
        SELECT r.key FROM attached_rows AS r
        WHERE r.source_id = s.source_id AND r.path = s.path
        ORDER BY r.attachment_id, r.key LIMIT 1
    ) AS row_key,
    (
        SELECT r.key FROM attached_rows AS r
        WHERE r.source_id = o.source_id AND r.path = o.path
        ORDER BY r.attachment_id, r.key LIMIT 1
    ) AS neighbor_row_key,
    t.built_at IS NULL
    OR EXISTS (SELECT 1 FROM stored_neighbors_changes AS c WHERE c.model_id = n.model_id) AS stale
FROM stored_neighbors_state AS t
CROSS JOIN stored_neighbors AS n ON n.model_id = t.model_id
CROSS JOIN samples AS s ON s.sample_id = n.sample_id
CROSS JOIN samples AS o ON o.sample_id = n.neighbor_id
WHERE t.model_id = {model_id}
