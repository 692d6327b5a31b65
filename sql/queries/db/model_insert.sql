-- A model's id names its vector table: never that of a model that is gone, or has left rows behind.
INSERT INTO models (model_id, name, model_version, dim, contract, is_default)
SELECT
    1 + max(
        ifnull((SELECT max(m.model_id) FROM models AS m), 0),
        ifnull((SELECT max(e.model_id) FROM embeddings AS e), 0),
        ifnull((SELECT max(c.model_id) FROM embedding_changes AS c), 0),
        ifnull((SELECT max(i.model_id) FROM index_meta AS i), 0),
        ifnull((SELECT max(v.model_id) FROM votes AS v), 0),
        ifnull((SELECT max(c.model_id) FROM calibrations AS c), 0),
        ifnull((SELECT max(l.model_id) FROM layouts AS l), 0),
        ifnull((SELECT max(g.highest) FROM ids_gone AS g WHERE g.table_name = 'models'), 0),
        ifnull((
            SELECT max(CAST(substr(s.name, 5) AS INTEGER)) FROM sqlite_schema AS s
            WHERE s.name GLOB 'vec_[0-9]*' AND substr(s.name, 5) NOT GLOB '*[^0-9]*'
        ), 0)
    ),
    :name, :model_version, :dim, :contract,
    NOT EXISTS (SELECT 1 FROM models WHERE is_default = 1)
RETURNING model_id;
