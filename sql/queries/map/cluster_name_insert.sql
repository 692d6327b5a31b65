INSERT INTO cluster_names (clustering_id, cluster, level, parent, name, score, source)
VALUES (:clustering_id, :cluster, :level, :parent, :name, :score, :source)
