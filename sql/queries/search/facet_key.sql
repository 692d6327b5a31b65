-- Sounds by key: what the file or its name says, else what was measured.
SELECT s.sample_id, coalesce(d.musical_key, s."key") AS value
FROM samples AS s
LEFT JOIN sound_descriptions AS d USING (sample_id);
