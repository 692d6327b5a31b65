-- Recordings that reach into [:start, :end) by the clocks there, in order of time, of all samples or
-- those of :passing (a JSON list of ids), with how much is at the places of :found (a JSON list of
-- [sample_id, seconds from the start]) within that time. Each row tells how many rows there are.
WITH
begun AS MATERIALIZED (
    SELECT
        t.sample_id, t.started_at, t.time_source, t.deployment_id, s.path, s.duration_s, s.sample_rate,
        strftime('%s', t.started_at) + 0.0 AS start_s
    FROM recording_times AS t
    JOIN samples AS s USING (sample_id)
    WHERE strftime('%s', t.started_at) IS NOT NULL
        AND (:end IS NULL OR t.started_at < :end)
        AND (
            :start IS NULL OR t.started_at >= :start
            OR strftime('%s', t.started_at) + coalesce(s.duration_s, 0.0) > strftime('%s', :start) + 0.0
        )
        AND (:passing IS NULL OR t.sample_id IN (SELECT p.value FROM json_each(:passing) AS p))
),
found AS MATERIALIZED (
    SELECT b.sample_id, count(*) AS places
    FROM json_each(:found) AS f
    JOIN begun AS b ON b.sample_id = json_extract(f.value, '$[0]')
    WHERE json_extract(f.value, '$[1]') IS NULL
        OR (
            (:start IS NULL OR b.start_s + json_extract(f.value, '$[1]') >= strftime('%s', :start) + 0.0)
            AND (:end IS NULL OR b.start_s + json_extract(f.value, '$[1]') < strftime('%s', :end) + 0.0)
        )
    GROUP BY b.sample_id
)
SELECT
    b.sample_id, b.path, b.started_at, b.time_source, b.duration_s, b.sample_rate,
    d.name AS deployment, d.site, coalesce(f.places, 0) AS places, count(*) OVER () AS total
FROM begun AS b
LEFT JOIN found AS f USING (sample_id)
LEFT JOIN deployments AS d USING (deployment_id)
WHERE NOT :only_found OR f.places > 0
ORDER BY b.started_at, b.path, b.sample_id
LIMIT :limit OFFSET :offset;
