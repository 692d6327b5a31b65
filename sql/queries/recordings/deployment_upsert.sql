-- A deployment of that name gets these values.
INSERT INTO deployments (name, folder, site, latitude, longitude, habitat, recorder, notes, more)
VALUES (:name, :folder, :site, :latitude, :longitude, :habitat, :recorder, :notes, :more)
ON CONFLICT (name) DO UPDATE SET
    folder = excluded.folder,
    site = excluded.site,
    latitude = excluded.latitude,
    longitude = excluded.longitude,
    habitat = excluded.habitat,
    recorder = excluded.recorder,
    notes = excluded.notes,
    more = excluded.more;
