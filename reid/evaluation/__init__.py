"""Measures re-identification: rankings, protocols of data sets, confidence intervals."""
