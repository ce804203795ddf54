"""DuckDB and Parquet: where the rows are kept. Has never heard of HTTP."""
