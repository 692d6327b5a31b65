-- What a file says of an anchor; what is said of it already stays.
UPDATE anchors SET
    found_score = ifnull(found_score, :found_score),
    low_hz = ifnull(low_hz, :low_hz),
    high_hz = ifnull(high_hz, :high_hz),
    notes = ifnull(notes, :notes),
    more = ifnull(more, :more)
WHERE label_id = :label_id AND sample_id = :sample_id AND start_s IS :start_s AND end_s IS :end_s;
