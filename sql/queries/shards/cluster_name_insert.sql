INSERT INTO set_cluster_names (cluster, level, parent, name, score, source)
VALUES (:cluster, :level, :parent, :name, :score, :source)
