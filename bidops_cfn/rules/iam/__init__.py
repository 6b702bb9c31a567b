"""House rules about roles and policies."""
