UPDATE set_cluster_names SET name = :name, source = 'person'
WHERE cluster = :cluster AND level = 0
RETURNING cluster
