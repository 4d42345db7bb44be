"""What the API answers, as models: the source of the schemas in openapi.json.

Answers are made of rows directly; a test compares them with these models.
"""
