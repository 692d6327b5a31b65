INSERT INTO deployments (name, project, latitude, longitude, habitat, recorder, notes)
VALUES (?, ?, ?, ?, ?, ?, ?);
