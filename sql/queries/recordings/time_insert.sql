-- Another program may have removed the sample, or read its start, meanwhile.
INSERT OR REPLACE INTO recording_times (
    sample_id, started_at, utc_offset_min, started_at_utc, time_source, latitude, longitude,
    deployment_id
)
SELECT
    s.sample_id, :started_at, :utc_offset_min, :started_at_utc, :time_source, :latitude, :longitude,
    (SELECT d.deployment_id FROM deployments AS d WHERE d.deployment_id = :deployment_id)
FROM samples AS s
WHERE s.sample_id = :sample_id;
