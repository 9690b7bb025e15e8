"""The part that Alembic runs: the steps, on the connection and within the transaction that the ledger hands over."""

from alembic import context

from alertd.ledger.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
