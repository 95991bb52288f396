"""Optimisers, parameter groups, schedules."""
