DELETE FROM samples WHERE sample_id = :drop;
