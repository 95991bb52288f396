"""Backbones and heads: modules over one flat vector of parameters; backbones by name."""
