INSERT INTO recent_uses (sample_id, action) VALUES (:sample_id, :action)
ON CONFLICT (sample_id) DO UPDATE SET
    action = excluded.action, uses = uses + 1, used_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');
