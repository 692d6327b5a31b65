-- A sound that was removed meanwhile is left out.
INSERT OR REPLACE INTO layout_umap (layout_id, sample_id, x, y, placed, agreement, embedding_id)
SELECT :layout_id, s.sample_id, :x, :y, :placed, :agreement, :embedding_id
FROM samples AS s
WHERE s.sample_id = :sample_id
