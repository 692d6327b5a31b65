sample_id IN (SELECT r.sample_id FROM sample_ratings AS r WHERE r.rating >= :sqlclap_min_rating)
