"""Runs of recipes: one by one, repeated over seeds, searched, compared."""
