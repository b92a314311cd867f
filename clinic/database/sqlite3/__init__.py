"""Django's backend for SQLite, with which triggers may read other tables."""
