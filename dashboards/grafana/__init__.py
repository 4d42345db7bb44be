"""Grafana: the panels as dashboards, alert rules and provisioning files, all made from `panels`."""
