-- How many sounds wait for a vector of model ?1.
SELECT count(*)
/* ingest/waiting_sounds */;
