"""The tables of core past one machine: versions appended by many, folded by an engine."""
