-- Sounds by their stars.
SELECT r.rating AS value, count(*) AS sounds
FROM samples AS s
LEFT JOIN sample_ratings AS r USING (sample_id)
WHERE :sqlclap_among IS NULL OR s.sample_id IN (SELECT a.value FROM json_each(:sqlclap_among) AS a)
GROUP BY 1
ORDER BY sounds DESC, value;
