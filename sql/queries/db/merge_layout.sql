-- A place on the map that the sample kept has none of.
UPDATE OR IGNORE layout_umap SET sample_id = :keep WHERE sample_id = :drop;
