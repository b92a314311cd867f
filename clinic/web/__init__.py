"""What pages are made with: form fields and layout, errors, CSV files, paging, static files."""
