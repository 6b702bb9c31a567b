"""The difference between two templates: access first, then resources, then everything else."""
