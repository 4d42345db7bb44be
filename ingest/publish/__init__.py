"""Publishes records to Kafka, in order and acknowledged; never interprets them."""
