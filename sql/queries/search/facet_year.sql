-- Sounds by the year in which they were recorded, by the recorder's clock.
SELECT CAST(substr(t.started_at, 1, 4) AS INTEGER) AS value, count(*) AS sounds
FROM samples AS s
LEFT JOIN recording_times AS t USING (sample_id)
WHERE :sqlclap_among IS NULL OR s.sample_id IN (SELECT a.value FROM json_each(:sqlclap_among) AS a)
GROUP BY 1
ORDER BY sounds DESC, value;
