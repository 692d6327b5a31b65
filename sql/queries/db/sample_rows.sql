-- Samples of a list of ids, in its order.
SELECT s.sample_id, s.path, round(s.duration_s, 6) AS duration_s, s.format, s.status
FROM json_each(?) AS wanted
JOIN samples AS s ON s.sample_id = wanted.value
ORDER BY wanted.key
