-- Sounds by the category that their metadata or name says, however it is capitalised.
SELECT s.sample_id, d.category AS value
FROM samples AS s
LEFT JOIN sound_descriptions AS d USING (sample_id);
