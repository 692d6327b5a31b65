-- Recorded, in part at least, within stretches of the day, by the clock there: a JSON list of
-- [from, to). A recording over midnight goes on into the next day's stretches.
sample_id IN (
    SELECT t.sample_id
    FROM recording_times AS t
    JOIN json_each(:sqlclap_hours) AS h
    JOIN json_each('[0, 86400]') AS day
    WHERE t.sample_id = samples.sample_id AND (
        samples.duration_s >= 86400
        OR (
            unixepoch('1970-01-01T' || substr(t.started_at, 12))
                < day.value + 3600 * substr(h.value ->> 1, 1, 2) + 60 * substr(h.value ->> 1, 4)
            AND unixepoch('1970-01-01T' || substr(t.started_at, 12)) + ifnull(samples.duration_s, 0) + 1
                > day.value + 3600 * substr(h.value ->> 0, 1, 2) + 60 * substr(h.value ->> 0, 4)
        )
    )
)
