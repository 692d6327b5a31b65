-- Queries that the other library keeps and this one doesn't: ?1 is added to ids of sounds.
INSERT INTO main.clap_queries (name, model_id, vector, terms, left_out, created_at)
SELECT
    o.name, m.model_id, o.vector, o.terms,
    (SELECT json_group_array(j.value + ?1) FROM json_each(o.left_out) AS j), o.created_at
FROM other.clap_queries AS o
JOIN other.models AS om ON om.model_id = o.model_id
JOIN main.models AS m ON m.model_version = om.model_version
WHERE NOT EXISTS (
        SELECT 1 FROM main.clap_queries AS q WHERE q.name = o.name AND q.model_id = m.model_id
    )
