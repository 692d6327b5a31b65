DELETE FROM clusterings WHERE model_id = :model_id
