-- How long the sounds are, in seconds, that wait for a vector of model ?1.
SELECT total(s.duration_s)
/* ingest/waiting_sounds */;
