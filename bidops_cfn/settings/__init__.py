"""Settings: what an environment may say, read, checked and made an ``Environment``."""
