"""The networks, one idea per file; every one returns features only and knows no loss."""
