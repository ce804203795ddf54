"""The report: one HTML file drawn from what is published."""
