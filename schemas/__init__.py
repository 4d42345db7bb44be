"""The contract: values of every topic, topics, settings, tables, Kafka clients;
imports nothing of ours.
"""
