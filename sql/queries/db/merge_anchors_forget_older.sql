-- Where both samples, or the same span of both, are anchors of a label, the one made first goes.
DELETE FROM anchors
WHERE anchor_id IN (
    SELECT iif(
        (mine.created_at, mine.anchor_id) > (other.created_at, other.anchor_id),
        other.anchor_id, mine.anchor_id
    )
    FROM anchors AS mine
    JOIN anchors AS other
        ON other.label_id = mine.label_id AND other.start_s IS mine.start_s
        AND other.end_s IS mine.end_s
    WHERE mine.sample_id = :keep AND other.sample_id = :drop
);
