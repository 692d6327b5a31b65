-- Sounds that some of the set's runs tag, whose numbers are a parameter.
sample_id IN (
    SELECT tagged.sample_id
    FROM json_each(:sqlclap_runs) AS j
    JOIN tag_runs AS run ON json_extract(run.params, '$.set_run') = j.value
    JOIN tags AS tagged ON tagged.run_id = run.run_id
)
