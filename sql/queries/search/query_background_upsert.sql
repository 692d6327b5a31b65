INSERT INTO query_background (
    model_id, revision, prompts, names, sounds, added, last_embedding_id, neighbours, tops, vectors
)
VALUES (?1, lower(hex(randomblob(8))), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (model_id) DO UPDATE SET
    revision = excluded.revision,
    prompts = excluded.prompts,
    names = excluded.names,
    sounds = excluded.sounds,
    added = excluded.added,
    last_embedding_id = excluded.last_embedding_id,
    neighbours = excluded.neighbours,
    tops = excluded.tops,
    vectors = excluded.vectors;
