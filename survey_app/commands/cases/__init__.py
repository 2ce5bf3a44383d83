"""Cases: opened, given to somebody, worked, confirmed and closed. Each act is a function of its own and logs itself."""
