"""The reconciliation report: data model, charts, page."""
