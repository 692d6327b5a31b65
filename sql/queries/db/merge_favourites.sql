UPDATE OR IGNORE favourites SET sample_id = :keep WHERE sample_id = :drop;
