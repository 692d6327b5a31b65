-- A run tagged both: one tag of it is enough.
UPDATE OR IGNORE tags SET sample_id = :keep WHERE sample_id = :drop;
