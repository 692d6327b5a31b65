SELECT
    q.name, m.name, q.terms,
    (SELECT count(*) FROM clap_query_against AS a WHERE a.query_id = q.query_id), q.created_at
FROM clap_queries AS q
JOIN models AS m USING (model_id)
ORDER BY q.name, m.model_id;
