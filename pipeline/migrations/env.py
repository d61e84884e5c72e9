"""Alembic runs this file for every upgrade; the connection comes from `pipeline.catalogue.schema.migrate`."""

from alembic import context

from pipeline.catalogue.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # SQLite can, though Alembic does not take it for granted
    render_as_batch=True,  # SQLite alters a table by building it anew
)
with context.begin_transaction():
    context.run_migrations()
