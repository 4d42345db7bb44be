"""Every panel once: the question, its SQL, units, colours; Grafana and the live page render it."""
