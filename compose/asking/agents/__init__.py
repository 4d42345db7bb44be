"""The Model Context Protocol: agents ask a running page through tools that only read."""
