-- Whether a sample could be used: 'silent', say.
SELECT status FROM samples WHERE sample_id = ?;
