SELECT n.cluster, n.name
FROM cluster_names AS n
WHERE n.clustering_id = ? AND n.source = 'person' AND n.level = 0
