"""Plugins: the hooks, drivers and extensions, and the catalogs that hold them."""
