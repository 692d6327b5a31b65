-- The keys that samples are in, as the filter by key takes them: what is said, else what was measured.
SELECT coalesce(d.musical_key, s."key") AS value, count(*) AS samples
FROM samples AS s
LEFT JOIN sound_descriptions AS d USING (sample_id)
WHERE coalesce(d.musical_key, s."key") IS NOT NULL
GROUP BY 1
ORDER BY 1;
