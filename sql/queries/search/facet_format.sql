-- Sounds by container and coding. WAVEX is a WAV with a longer header.
SELECT replace(upper(s.format), 'WAVEX/', 'WAV/') AS value, count(*) AS sounds
FROM samples AS s
WHERE :sqlclap_among IS NULL OR s.sample_id IN (SELECT a.value FROM json_each(:sqlclap_among) AS a)
GROUP BY 1
ORDER BY sounds DESC, value;
