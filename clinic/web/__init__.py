"""How pages are built: form layout, errors, CSV files, paging, static files."""
