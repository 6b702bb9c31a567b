"""House rules that only state values, a table per topic."""
