"""Faces toward other frameworks: a module for each, and an extra that brings the framework."""
