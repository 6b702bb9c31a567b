"""House rules about task definitions."""
