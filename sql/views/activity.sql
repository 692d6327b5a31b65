-- How many recordings of each hour, date and site hold a label, beside how many there are at all.
WITH effort AS (
    SELECT
        r.site, r.date, r.hour, count(*) AS recordings, sum(r.duration_s) AS duration_s
    FROM recordings AS r
    WHERE r.date IS NOT NULL
    GROUP BY r.site, r.date, r.hour
),
found AS (
    SELECT t.label_id, r.site, r.date, r.hour, count(DISTINCT t.sample_id) AS recordings
    FROM tags AS t
    JOIN recordings AS r USING (sample_id)
    WHERE r.date IS NOT NULL
    GROUP BY t.label_id, r.site, r.date, r.hour
)
SELECT
    l.name AS label, e.site, e.date, e.hour, e.recordings, e.duration_s,
    coalesce(f.recordings, 0) AS recordings_with_it
FROM labels AS l
CROSS JOIN effort AS e
LEFT JOIN found AS f
    ON f.label_id = l.label_id AND f.site IS e.site AND f.date = e.date AND f.hour = e.hour
