"""House rules about logs and alarms."""
