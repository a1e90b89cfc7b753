"""What everything above stands on: settings, folders, files."""
