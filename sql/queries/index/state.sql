-- In one snapshot: the generation in force for model ?1, the last change to any embedding, and
-- what changed since: after change ?3 for who has caught up with generation ?2 so far. The marks
-- are those of the model's last change, and of its last one up to ?3; `before` are changes that
-- the generation should hold, although publishing it forgot all those. What was added is of
-- windows ({windows} = 1) or of samples' own vectors (0); what was removed, of both.
SELECT
    m.generation, m.path, m.count, m.dead, m.seq, m.checksum, m.params, m.recall, m.built_at,
    max(
        ifnull((SELECT max(s.seq) FROM sqlite_sequence AS s WHERE s.name = 'embedding_changes'), 0),
        ifnull((SELECT max(c.seq) FROM embedding_changes AS c), 0)
    ) AS now,
    (
        SELECT count(*) FROM sqlite_schema
        WHERE type = 'trigger' AND name IN (
            'embeddings_added', 'embeddings_keep_owner', 'embeddings_removed', 'samples_removed'
        )
    ) AS triggers,
    EXISTS (
        SELECT 1 FROM embedding_changes AS c WHERE c.model_id = ?1 AND c.seq <= m.seq
    ) AS before,
    (
        SELECT c.mark FROM embedding_changes AS c
        WHERE c.model_id = ?1 ORDER BY c.seq DESC LIMIT 1
    ) AS mark,
    (
        SELECT c.mark FROM embedding_changes AS c
        WHERE c.model_id = ?1 AND c.seq <= ?3 ORDER BY c.seq DESC LIMIT 1
    ) AS mark_then,
    (
        SELECT json_group_array(json_array(c.embedding_id, c.op, e.sample_id))
        FROM embedding_changes AS c
        LEFT JOIN embeddings AS e ON e.embedding_id = c.embedding_id
            AND (e.window_index IS NOT NULL) = {windows}
        WHERE c.model_id = ?1 AND c.seq > iif(m.path = ?2, ?3, m.seq)
            AND (c.op = 'remove' OR e.embedding_id IS NOT NULL)
    ) AS changes
FROM index_meta AS m
WHERE m.model_id = ?1;
