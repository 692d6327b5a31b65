SELECT p.sample_id, p.x, p.y, p.placed
FROM layout_umap AS p
WHERE p.layout_id = ?
ORDER BY p.sample_id
