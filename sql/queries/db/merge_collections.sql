UPDATE OR IGNORE collection_samples SET sample_id = :keep WHERE sample_id = :drop;
