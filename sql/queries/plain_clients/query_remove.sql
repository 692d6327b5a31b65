DELETE FROM clap_queries WHERE name = :name AND model_id = :model_id;
