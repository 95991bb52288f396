"""Pretext tasks."""
