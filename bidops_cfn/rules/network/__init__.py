"""House rules about security groups and placement."""
