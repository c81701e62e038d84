"""Worlds to try the connector in: what both systems of a pair hold, and what a right sync makes of it."""
