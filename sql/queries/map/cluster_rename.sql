UPDATE cluster_names SET name = :name, source = 'person'
WHERE clustering_id = :clustering_id AND cluster = :cluster
RETURNING cluster
