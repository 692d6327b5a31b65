UPDATE votes SET sample_id = :keep WHERE sample_id = :drop;
