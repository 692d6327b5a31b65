-- What was recorded by periods (:format, as strftime takes it), of all samples or those of :passing
-- (a JSON list of ids), and in how many of these recordings something is at the places of :found (a
-- JSON list of [sample_id, seconds from the start]). A recording is split at each full hour. Times
-- are counted in seconds from the year 0, so that none is negative.
WITH RECURSIVE
begun AS MATERIALIZED (
    SELECT
        t.sample_id,
        CAST(strftime('%s', t.started_at) AS INTEGER) + 62167219200 AS start_s,
        min(coalesce(s.duration_s, 0.0), 31622400.0) AS duration_s
    FROM recording_times AS t
    JOIN samples AS s USING (sample_id)
    WHERE strftime('%s', t.started_at) IS NOT NULL
        AND (:passing IS NULL OR t.sample_id IN (SELECT p.value FROM json_each(:passing) AS p))
),
parts AS (
    SELECT b.sample_id, b.start_s / 3600 AS hour_number, b.start_s, b.start_s + b.duration_s AS end_s
    FROM begun AS b
    UNION ALL
    SELECT p.sample_id, p.hour_number + 1, p.start_s, p.end_s
    FROM parts AS p
    WHERE (p.hour_number + 1) * 3600 < p.end_s
),
found AS MATERIALIZED (
    SELECT DISTINCT
        b.sample_id,
        CAST(b.start_s + coalesce(json_extract(f.value, '$[1]'), 0) AS INTEGER) / 3600 AS hour_number
    FROM json_each(:found) AS f
    JOIN begun AS b ON b.sample_id = json_extract(f.value, '$[0]')
)
SELECT
    strftime(:format, p.hour_number * 3600 - 62167219200, 'unixepoch') AS period,
    count(DISTINCT p.sample_id) AS recordings,
    sum(
        min(p.end_s, (p.hour_number + 1) * 3600.0) - max(p.start_s, p.hour_number * 3600.0)
    ) AS duration_s,
    count(DISTINCT f.sample_id) AS recordings_with_it
FROM parts AS p
LEFT JOIN found AS f USING (sample_id, hour_number)
GROUP BY period
ORDER BY period;
