-- Sounds by the year in which they were recorded, by the recorder's clock.
SELECT s.sample_id, CAST(substr(t.started_at, 1, 4) AS INTEGER) AS value
FROM samples AS s
LEFT JOIN recording_times AS t USING (sample_id);
