-- At least so fast: what the file or its name says (in beats per minute).
sample_id IN (
    SELECT d.sample_id FROM sound_descriptions AS d WHERE d.tempo >= :sqlclap_min_tempo
)
