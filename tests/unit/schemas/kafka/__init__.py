"""How values get to Kafka and what its brokers answer."""
