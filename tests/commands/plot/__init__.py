"""Tests of `loss plot`."""
