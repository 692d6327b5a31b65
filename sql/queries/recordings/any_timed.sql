-- Whether it is known of any sound when it was recorded.
SELECT EXISTS (SELECT 1 FROM recording_times AS t WHERE t.started_at IS NOT NULL);
