-- Sounds by the deployment that recorded them.
SELECT s.sample_id, d.name AS value
FROM samples AS s
LEFT JOIN recording_times AS t USING (sample_id)
LEFT JOIN deployments AS d USING (deployment_id);
