SELECT revision FROM query_background WHERE model_id = ?1;
