-- The sites of samples (a JSON array of ids) that were recorded at one.
SELECT t.sample_id, d.site
FROM json_each(?) AS wanted
JOIN recording_times AS t ON t.sample_id = wanted.value
JOIN deployments AS d USING (deployment_id)
WHERE d.site IS NOT NULL;
