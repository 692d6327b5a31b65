-- Of a container or a coding, such as wav or opus, or of both, such as wav/pcm_24. WAVEX is a WAV
-- with a longer header.
instr(
    '/' || replace(upper(format), 'WAVEX/', 'WAV/') || '/',
    '/' || replace(upper(:sqlclap_format), 'WAVEX', 'WAV') || '/'
) > 0
