"""The Exchange and Lync attributes of ../schema/exchange-lync.ldif, added to a forest's schema."""
import os

import ldb

LDIF = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "schema", "exchange-lync.ldif")
# Stands for the forest's root domain in the DNs of the LDIF.
PLACEHOLDER = "DC=X"


def add_exchange_schema(db):
    """Apply the records of the LDIF, in one transaction up to each schemaUpdateNow.

    Samba reads the schema anew only outside a transaction.
    """
    with open(LDIF) as file:
        text = file.read().replace(PLACEHOLDER, str(db.get_root_basedn()))
    db.transaction_start()
    for change, record in db.parse_ldif(text):
        if "schemaUpdateNow" in record:
            db.transaction_commit()
            db.modify(record)
            db.transaction_start()
        elif change == ldb.CHANGETYPE_ADD:
            db.add(record)
        else:
            db.modify(record)
    db.transaction_commit()
