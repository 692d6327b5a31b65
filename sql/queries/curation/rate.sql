INSERT INTO sample_ratings (sample_id, rating) VALUES (:sample_id, :rating)
ON CONFLICT (sample_id) DO UPDATE SET
    rating = excluded.rating, rated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');
