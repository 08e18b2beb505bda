"""The shared memory and meeting place of a team of coding agents, kept in git and nothing else."""

__version__ = "0.1.0"
