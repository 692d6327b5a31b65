-- Sites where something was recorded.
SELECT DISTINCT d.site
FROM deployments AS d
WHERE d.site IS NOT NULL
    AND EXISTS (SELECT 1 FROM recording_times AS t WHERE t.deployment_id = d.deployment_id)
ORDER BY d.site COLLATE NOCASE;
