-- Deployments follow their folder from :old to :new.
UPDATE deployments
SET folder = :new || substr(folder, length(:old) + 1)
WHERE folder = :old OR substr(folder, 1, length(:old) + 1) = :old || '/';
