"""From a checkpoint to a bundle: graphs built from the weights, proved against their source."""
