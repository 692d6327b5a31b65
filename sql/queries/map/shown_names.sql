-- Names of a clustering's clusters (level 0) and of the groups they make up (level 1).
SELECT cluster, name, level, parent FROM cluster_names WHERE clustering_id = ? ORDER BY cluster
