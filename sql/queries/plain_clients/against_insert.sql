INSERT INTO clap_query_against (query_id, vector, price, level) VALUES (?, ?, ?, ?);
