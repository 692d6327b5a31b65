"""The part that needs PyTorch: network, augmentation, losses, training, export."""
