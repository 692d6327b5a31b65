-- Sounds by the collections that they are in; NULL: in none.
SELECT c.name AS value, count(*) AS sounds
FROM samples AS s
LEFT JOIN collection_samples AS m USING (sample_id)
LEFT JOIN sample_collections AS c USING (collection_id)
WHERE :sqlclap_among IS NULL OR s.sample_id IN (SELECT a.value FROM json_each(:sqlclap_among) AS a)
GROUP BY 1
ORDER BY sounds DESC, value;
