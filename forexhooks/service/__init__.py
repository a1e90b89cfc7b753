"""Services: what `open()` returns, and what is built on it."""
