"""How well queries find sounds: metrics, the MFCC baseline, the held-out packs, the report."""
