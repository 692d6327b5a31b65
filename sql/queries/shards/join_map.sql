-- Places of the other library's sounds, where both show the same map of the set: ?1 is added to
-- samples, ?2 to embeddings.
INSERT INTO layout_umap (layout_id, sample_id, x, y, placed, agreement, embedding_id)
SELECT here.layout_id, u.sample_id + ?1, u.x, u.y, u.placed, u.agreement, u.embedding_id + ?2
FROM main.layouts AS here
JOIN other.layouts AS there
    ON json_extract(there.params, '$.set_map') = json_extract(here.params, '$.set_map')
    AND there.is_current = 1 AND there.model_id = {other_id}
JOIN other.layout_umap AS u ON u.layout_id = there.layout_id
WHERE here.is_current = 1 AND here.model_id = {model_id}
