-- Sounds by what they are: one-shots or loops.
SELECT s.sample_id, s.sound_kind AS value
FROM samples AS s;
