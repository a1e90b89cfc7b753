"""Adapters to other frameworks: a module for each, and an extra that installs the framework."""
