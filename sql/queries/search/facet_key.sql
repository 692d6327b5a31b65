-- Sounds by key: what the file or its name says, else what was measured.
SELECT coalesce(d.musical_key, s."key") AS value, count(*) AS sounds
FROM samples AS s
LEFT JOIN sound_descriptions AS d USING (sample_id)
WHERE :sqlclap_among IS NULL OR s.sample_id IN (SELECT a.value FROM json_each(:sqlclap_among) AS a)
GROUP BY 1
ORDER BY sounds DESC, value;
