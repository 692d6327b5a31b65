-- Sounds by the site that recorded them, however it is capitalised.
SELECT d.site COLLATE NOCASE AS value, count(*) AS sounds
FROM samples AS s
LEFT JOIN recording_times AS t USING (sample_id)
LEFT JOIN deployments AS d USING (deployment_id)
WHERE :sqlclap_among IS NULL OR s.sample_id IN (SELECT a.value FROM json_each(:sqlclap_among) AS a)
GROUP BY 1
ORDER BY sounds DESC, value;
