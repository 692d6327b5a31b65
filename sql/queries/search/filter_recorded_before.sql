-- Begun before a time, by the clock there.
sample_id IN (
    SELECT t.sample_id FROM recording_times AS t WHERE t.started_at < :sqlclap_recorded_before
)
