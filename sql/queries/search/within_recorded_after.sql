-- Of a moment that begins at `at`.
at >= :sqlclap_recorded_after
