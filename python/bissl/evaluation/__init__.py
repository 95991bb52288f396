"""What came out: statistics over runs, tables, analyses of backbones."""
