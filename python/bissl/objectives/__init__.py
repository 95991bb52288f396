"""Objectives: the loss of a backbone and a head, in training mode."""
