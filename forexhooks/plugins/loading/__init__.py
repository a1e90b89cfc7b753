"""Loading a plugin from a path: trust, staging, preflight, importing, generations."""
