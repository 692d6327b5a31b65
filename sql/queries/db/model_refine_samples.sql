-- What a refined rule for channels and offsets may hear otherwise is read once more.
UPDATE samples SET reading_revision = 0
WHERE
    ifnull(channels, 2) > 1
    OR ifnull(spectral_centroid_hz, 0) < :lowest_centroid_hz;
