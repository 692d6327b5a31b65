-- Which vector a sound's place on the map, and its cluster, were found for: a sound whose file has
-- changed has another vector since, and is as good as new. NULL: written before this was kept.

ALTER TABLE layout_umap ADD COLUMN embedding_id INTEGER;

ALTER TABLE clusters ADD COLUMN embedding_id INTEGER;
