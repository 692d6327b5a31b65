-- What is not wanted in queries that came from the other library: those here have had none so far.
INSERT INTO main.clap_query_against (query_id, vector, price, level)
SELECT q.query_id, a.vector, a.price, a.level
FROM other.clap_queries AS o
JOIN other.clap_query_against AS a ON a.query_id = o.query_id
JOIN other.models AS om ON om.model_id = o.model_id
JOIN main.models AS m ON m.model_version = om.model_version
JOIN main.clap_queries AS q ON q.name = o.name AND q.model_id = m.model_id
WHERE q.vector = o.vector
    AND NOT EXISTS (SELECT 1 FROM main.clap_query_against AS h WHERE h.query_id = q.query_id)
