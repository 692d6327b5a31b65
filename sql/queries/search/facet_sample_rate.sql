-- Sounds by sample rate, in hertz.
SELECT s.sample_id, s.sample_rate AS value
FROM samples AS s;
