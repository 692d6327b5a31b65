-- When and where each sound was recorded, as far as its file says: see docs/recordings.md.
SELECT
    s.sample_id, src.root, s.path, s.duration_s, t.started_at,
    strftime('%Y-%m-%dT%H:%M:%S', t.started_at, '+' || s.duration_s || ' seconds') AS ended_at,
    t.utc_offset_min, t.started_at_utc, t.time_source,
    date(t.started_at) AS date, CAST(strftime('%H', t.started_at) AS INTEGER) AS hour,
    d.name AS deployment, d.site,
    coalesce(t.latitude, d.latitude) AS latitude, coalesce(t.longitude, d.longitude) AS longitude,
    d.habitat, d.recorder, s.status
FROM recording_times AS t
JOIN samples AS s USING (sample_id)
JOIN sources AS src USING (source_id)
LEFT JOIN deployments AS d USING (deployment_id)
