"""House rules about services and discovery."""
