-- At least so fast (beats per minute): what the file or its name says, else what was measured.
sample_id IN (
    SELECT d.sample_id FROM sound_descriptions AS d WHERE d.tempo >= :sqlclap_min_tempo
)
OR (
    tempo >= :sqlclap_min_tempo
    AND sample_id NOT IN (
        SELECT d.sample_id FROM sound_descriptions AS d WHERE d.tempo IS NOT NULL
    )
)
