-- Names of a clustering's clusters.
SELECT cluster, name FROM cluster_names WHERE clustering_id = ? ORDER BY cluster
