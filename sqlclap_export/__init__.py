"""Checkpoints to ONNX bundles, with PyTorch; apart from what runs sqlclap."""
