SELECT p.sample_id, p.x, p.y, p.placed, ifnull(p.embedding_id, -1)
FROM layout_umap AS p
WHERE p.layout_id = ?
ORDER BY p.sample_id
