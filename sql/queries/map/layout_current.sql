SELECT
    l.layout_id, l.params, l.seed, l.trustworthiness, l.continuity, l.quality, l.seconds,
    l.aligned_to, l.movement, l.created_at,
    (SELECT count(*) FROM layout_umap AS p WHERE p.layout_id = l.layout_id) AS points,
    (SELECT count(*) FROM layout_umap AS p WHERE p.layout_id = l.layout_id AND p.placed = 1)
        AS placed,
    (SELECT avg(p.agreement) FROM layout_umap AS p WHERE p.layout_id = l.layout_id) AS agreement
FROM layouts AS l
WHERE l.model_id = ? AND l.is_current = 1
