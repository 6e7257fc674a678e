"""What an analysis found, as text, JSON or a page: renderers of tables, charts and sequence diagrams. They know shapes, not meanings."""
