-- Changes that the generation in force holds are needed by nobody any more.
DELETE FROM embedding_changes
WHERE model_id = ?1 AND seq <= (SELECT m.seq FROM index_meta AS m WHERE m.model_id = ?1);
