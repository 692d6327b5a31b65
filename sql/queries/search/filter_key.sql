-- In one of these keys, a JSON list: what the file or its name says, else what was measured.
sample_id IN (
    SELECT d.sample_id
    FROM json_each(:sqlclap_key) AS k
    JOIN sound_descriptions AS d ON d.musical_key = k.value
)
OR (
    "key" IN (SELECT k.value FROM json_each(:sqlclap_key) AS k)
    AND sample_id NOT IN (
        SELECT d.sample_id FROM sound_descriptions AS d WHERE d.musical_key IS NOT NULL
    )
)
