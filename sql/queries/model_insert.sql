INSERT INTO models (name, model_version, dim, contract, is_default)
VALUES (:name, :model_version, :dim, :contract,
        NOT EXISTS (SELECT 1 FROM models WHERE is_default = 1))
RETURNING model_id;
