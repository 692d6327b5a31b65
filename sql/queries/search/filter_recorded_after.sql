-- Begun at a time or later, by the clock there.
sample_id IN (
    SELECT t.sample_id FROM recording_times AS t WHERE t.started_at >= :sqlclap_recorded_after
)
