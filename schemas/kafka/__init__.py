"""How every Kafka client connects, checks topics and reads them; never what the values mean."""
