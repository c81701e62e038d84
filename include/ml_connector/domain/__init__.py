"""What the connector speaks of: documents, money, findings, errors; pydantic and standard library only."""
