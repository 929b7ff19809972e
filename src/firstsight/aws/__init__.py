"""The cloud around the function: what is put there, and how it gets there."""
