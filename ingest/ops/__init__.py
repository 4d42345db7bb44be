"""How ingest is: health, metrics, status pages, the final report; never the data itself."""
