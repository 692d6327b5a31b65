-- In one of these keys: a JSON list.
sample_id IN (
    SELECT d.sample_id
    FROM json_each(:sqlclap_key) AS k
    JOIN sound_descriptions AS d ON d.musical_key = k.value
)
