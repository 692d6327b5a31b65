UPDATE clusterings SET params = json_set(params, '$.set_names', ?2) WHERE clustering_id = ?1
