"""Adapters, thin: what receives requests and hands them to the service."""
