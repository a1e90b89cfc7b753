"""Lazy frames: converted by the engine that runs them."""
