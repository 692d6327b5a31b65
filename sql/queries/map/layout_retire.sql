-- What was measured of a map stays; its points go.
DELETE FROM layout_umap
WHERE layout_id IN (SELECT l.layout_id FROM layouts AS l WHERE l.model_id = :model_id);
UPDATE layouts SET is_current = 0 WHERE model_id = :model_id AND is_current = 1
