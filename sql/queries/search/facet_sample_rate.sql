-- Sounds by sample rate, in hertz.
SELECT s.sample_rate AS value, count(*) AS sounds
FROM samples AS s
WHERE :sqlclap_among IS NULL OR s.sample_id IN (SELECT a.value FROM json_each(:sqlclap_among) AS a)
GROUP BY 1
ORDER BY sounds DESC, value;
