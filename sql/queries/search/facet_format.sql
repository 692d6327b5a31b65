-- Sounds by container and coding. WAVEX is a WAV with a longer header.
SELECT s.sample_id, replace(upper(s.format), 'WAVEX/', 'WAV/') AS value
FROM samples AS s;
