"""From the real traces to the length profiles and traffic shapes of the catalogue."""
