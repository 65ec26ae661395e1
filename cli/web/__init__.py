"""What the console and the report are shown with: templates, one style sheet, and what is put into them."""
