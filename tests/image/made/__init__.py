"""Image files written byte by byte, so that what they hold is known without any decoder or encoder."""
