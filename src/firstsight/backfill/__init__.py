"""Making derivatives of sources that were there before: what is missing, and nothing twice."""
