-- A row takes the version and the contract of a bundle that refines its own.
UPDATE models SET
    former_versions = trim(former_versions || ' ' || model_version),
    model_version = :model_version,
    contract = :contract
WHERE model_id = :model_id;
