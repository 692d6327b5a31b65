-- Begun within stretches of the day, by the clock there: a JSON list of [from, to).
sample_id IN (
    SELECT t.sample_id
    FROM recording_times AS t
    JOIN json_each(:sqlclap_hours) AS h
        ON substr(t.started_at, 12) >= json_extract(h.value, '$[0]')
        AND substr(t.started_at, 12) < json_extract(h.value, '$[1]')
)
