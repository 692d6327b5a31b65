INSERT INTO clap_queries (name, model_id, vector, terms, left_out)
VALUES (:name, :model_id, :vector, :terms, :left_out)
RETURNING query_id;
