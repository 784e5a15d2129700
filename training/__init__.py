"""Trains the small token-classification models of this repository. See README.md."""
