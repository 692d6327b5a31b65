SELECT cluster, level, parent, name, score, source FROM set_cluster_names ORDER BY cluster
