-- Where and when each sound was recorded, as far as that is known.
SELECT
    s.sample_id, r.site, r.deployment, CAST(strftime('%Y', r.date) AS INTEGER) AS year,
    strftime('%Y-%m', r.date) AS month, r.date, r.hour
FROM samples AS s
LEFT JOIN recordings AS r USING (sample_id);
