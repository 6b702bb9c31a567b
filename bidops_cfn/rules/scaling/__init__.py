"""House rules about scaling."""
