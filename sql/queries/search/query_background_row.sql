SELECT revision, prompts, names, sounds, added, last_embedding_id, neighbours, tops, vectors
FROM query_background
WHERE model_id = ?1;
