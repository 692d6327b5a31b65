-- Another program may have removed the sample meanwhile.
INSERT INTO sound_descriptions (
    sample_id, name, folder, said, category, subcategory, tempo, musical_key, note
)
SELECT
    s.sample_id, :name, :folder, :said, :category, :subcategory, :tempo, :musical_key, :note
FROM samples AS s
WHERE s.sample_id = :sample_id;
