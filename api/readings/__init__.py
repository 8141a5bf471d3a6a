"""Readings over HTTP: pushed, asked for, downloaded."""
