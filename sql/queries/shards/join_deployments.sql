-- Deployments of the other library that this one has not: all shards of a set have the same.
INSERT INTO main.deployments
    (name, folder, site, latitude, longitude, habitat, recorder, notes, more)
SELECT name, folder, site, latitude, longitude, habitat, recorder, notes, more
FROM other.deployments AS d
WHERE NOT EXISTS (SELECT 1 FROM main.deployments AS o WHERE o.name = d.name COLLATE NOCASE)
