"""Writers of Tables: one shape in, one file format out each."""
