"""Kafka brokers that `up` starts or finds, one kind a file; never what is sent over them."""
