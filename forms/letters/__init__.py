"""Letters to people who log in and to customers: which there are, and their words in four languages.

Pure: no database, no carrier."""

from forms.letters.compose import LETTERS, Kind, Written, compose, lacking
from forms.letters.customers import CUSTOMER_LETTERS, MOST_PARTS, PERSONAL
from forms.letters.customers import compose as compose_to_customer
from forms.letters.customers import lacking as lacking_to_customer

__all__ = [
    "CUSTOMER_LETTERS",
    "LETTERS",
    "MOST_PARTS",
    "PERSONAL",
    "Kind",
    "Written",
    "compose",
    "compose_to_customer",
    "lacking",
    "lacking_to_customer",
]
