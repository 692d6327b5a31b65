-- The sites at which samples were recorded.
SELECT d.site AS value, count(*) AS samples
FROM recording_times AS t
JOIN deployments AS d USING (deployment_id)
WHERE d.site IS NOT NULL
GROUP BY 1 COLLATE NOCASE
ORDER BY 1 COLLATE NOCASE;
