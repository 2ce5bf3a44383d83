"""Words and rules of fieldwork without a database: programmes, who may go where, events, what a report may show."""
