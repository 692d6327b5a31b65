"""The library file: connections, migrations, transactions, its rows and vectors."""
