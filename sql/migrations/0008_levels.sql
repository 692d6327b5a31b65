-- What a model can hear of a sound, and which versions a model's row had before: a bundle whose
-- contract only refines the stored one (see docs/bundles.md) takes the row over with its vectors.

ALTER TABLE samples ADD COLUMN heard_share REAL; -- 0 to 1; NULL: silent, or not measured yet

ALTER TABLE models ADD COLUMN former_versions TEXT NOT NULL DEFAULT ''; -- separated by blanks
