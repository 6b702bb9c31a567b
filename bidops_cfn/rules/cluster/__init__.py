"""House rules about the cluster and its capacity."""
