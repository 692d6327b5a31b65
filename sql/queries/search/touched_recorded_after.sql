-- Recorded, in part at least, at a time or later, by the clock there.
sample_id IN (
    SELECT t.sample_id
    FROM recording_times AS t
    WHERE strftime(
            '%Y-%m-%dT%H:%M:%f', t.started_at, ifnull(samples.duration_s, 0) || ' seconds'
        ) >= :sqlclap_recorded_after
        AND t.sample_id = samples.sample_id
)
