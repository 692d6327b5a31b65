-- Deployments with what was recorded there.
SELECT
    d.deployment_id, d.name, d.folder, d.site, d.latitude, d.longitude, d.habitat, d.recorder,
    d.notes, d.more, count(t.sample_id) AS recordings,
    coalesce(sum(s.duration_s), 0.0) AS duration_s, min(t.started_at) AS first_at,
    max(t.started_at) AS last_at
FROM deployments AS d
LEFT JOIN recording_times AS t USING (deployment_id)
LEFT JOIN samples AS s ON s.sample_id = t.sample_id
GROUP BY d.deployment_id
ORDER BY d.name;
