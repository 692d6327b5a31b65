-- Of a moment that begins at `at`.
EXISTS (
    SELECT 1 FROM json_each(:sqlclap_hours) AS h
    WHERE substr(at, 12) >= h.value ->> 0 AND substr(at, 12) < h.value ->> 1
)
