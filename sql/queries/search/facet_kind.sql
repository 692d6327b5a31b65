-- Sounds by what they are: one-shots or loops.
SELECT s.sound_kind AS value, count(*) AS sounds
FROM samples AS s
WHERE :sqlclap_among IS NULL OR s.sample_id IN (SELECT a.value FROM json_each(:sqlclap_among) AS a)
GROUP BY 1
ORDER BY sounds DESC, value;
