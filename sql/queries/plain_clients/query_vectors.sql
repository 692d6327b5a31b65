-- The numbers of all queries that are kept, by names and models.
SELECT
    q.name, m.name, q.vector,
    (
        SELECT json_group_array(json_array(hex(a.vector), a.price, a.level))
        FROM (
            SELECT vector, price, level FROM clap_query_against
            WHERE query_id = q.query_id ORDER BY rowid
        ) AS a
    )
FROM clap_queries AS q
JOIN models AS m USING (model_id)
ORDER BY q.name, m.model_id;
