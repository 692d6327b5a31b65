-- A span's vector that the sample kept has none of.
UPDATE OR IGNORE span_vectors SET sample_id = :keep WHERE sample_id = :drop;
