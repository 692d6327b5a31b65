-- Recorded at a site, however it is capitalised.
sample_id IN (
    SELECT t.sample_id
    FROM recording_times AS t
    JOIN deployments AS d USING (deployment_id)
    WHERE d.site = :sqlclap_site COLLATE NOCASE
)
