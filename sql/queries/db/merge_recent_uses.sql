UPDATE OR IGNORE recent_uses SET sample_id = :keep WHERE sample_id = :drop;
