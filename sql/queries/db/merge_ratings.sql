UPDATE OR IGNORE sample_ratings SET sample_id = :keep WHERE sample_id = :drop;
