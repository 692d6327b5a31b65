-- Sounds by their stars.
SELECT s.sample_id, r.rating AS value
FROM samples AS s
LEFT JOIN sample_ratings AS r USING (sample_id);
