UPDATE OR IGNORE clusters SET sample_id = :keep WHERE sample_id = :drop;
