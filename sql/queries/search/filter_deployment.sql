-- Recorded by a deployment, however its name is capitalised.
sample_id IN (
    SELECT t.sample_id
    FROM recording_times AS t
    JOIN deployments AS d USING (deployment_id)
    WHERE d.name = :sqlclap_deployment COLLATE NOCASE
)
