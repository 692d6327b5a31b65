-- Sounds by the site that recorded them, however it is capitalised.
SELECT s.sample_id, d.site COLLATE NOCASE AS value
FROM samples AS s
LEFT JOIN recording_times AS t USING (sample_id)
LEFT JOIN deployments AS d USING (deployment_id);
