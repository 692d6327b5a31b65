-- What a library keeps that is of it alone, by kind: it can't be joined with another.
SELECT 'labels', count(*) FROM other.labels
UNION ALL SELECT 'collections', count(*) FROM other.sample_collections
UNION ALL SELECT 'deployments', count(*) FROM other.deployments
UNION ALL SELECT 'attached tables', count(*) FROM other.attachments
