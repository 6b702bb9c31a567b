"""House rules about the template as a whole."""
