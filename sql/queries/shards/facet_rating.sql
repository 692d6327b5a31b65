-- In a shard: sounds by their stars; what the catalog has (:sqlclap_rated, pairs of sounds and stars)
-- comes before the shard's own. NULL: none.
SELECT s.sample_id, coalesce(j.value ->> 1, r.rating) AS value
FROM samples AS s
LEFT JOIN sample_ratings AS r USING (sample_id)
LEFT JOIN json_each(:sqlclap_rated) AS j ON s.sample_id = j.value ->> 0;
