-- Sounds by the number of their channels.
SELECT s.sample_id, s.channels AS value
FROM samples AS s;
