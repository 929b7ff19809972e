"""What is wrong, why, and what to do about it: facts are read once, checks judge them, a walk follows one request."""
