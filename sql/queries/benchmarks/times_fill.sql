-- Made-up samples' dates, for benchmarks: strewn over the days of 2024.
INSERT OR IGNORE INTO recording_times (sample_id, started_at)
SELECT sample_id, date('2024-01-01', (sample_id * 37 % 366) || ' days') || 'T12:00:00'
FROM samples;
