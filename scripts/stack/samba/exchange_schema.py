"""The Exchange and Lync attributes of ../schema/attributes.tsv, added to a forest's schema."""
import os
import uuid

import ldb

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "schema", "attributes.tsv")

# attributeSyntax, oMSyntax and oMObjectClass ([MS-ADTS] 3.1.1.2.2.2).
SYNTAX = {
    "unicode": ("2.5.5.12", 64, None),
    "octets": ("2.5.5.10", 4, None),
    "integer": ("2.5.5.9", 2, None),
    "integer8": ("2.5.5.16", 65, None),
    "boolean": ("2.5.5.8", 1, None),
    "time": ("2.5.5.11", 24, None),
    "sid": ("2.5.5.17", 4, None),
    "sd": ("2.5.5.15", 66, None),
    "dn": ("2.5.5.1", 127, bytes.fromhex("2b0c0287731c00854a")),
    "dn-binary": ("2.5.5.7", 127, bytes.fromhex("2a864886f7140101010b")),
}
# linkID of a forward link whose number the DC is to choose ([MS-ADTS] 3.1.1.2.3.1).
AUTOMATIC_LINK = "1.2.840.113556.1.2.50"


def read_table():
    with open(TABLE) as file:
        for line in file:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def message(db, dn, values, flag):
    result = ldb.Message(ldb.Dn(db, dn))
    for name, value in values.items():
        values_of_name = value if isinstance(value, list) else [value]
        result[name] = ldb.MessageElement(
            [v if isinstance(v, bytes) else str(v).encode() for v in values_of_name], flag, name
        )
    return result


def attribute_schema(row):
    name, cn, oid, syntax, values, link, mapi_id, search_flags, gc, guid, _note = row
    attribute_syntax, om_syntax, om_object_class = SYNTAX[syntax]
    result = {
        "objectClass": "attributeSchema",
        "lDAPDisplayName": name,
        "attributeID": oid,
        "attributeSyntax": attribute_syntax,
        "oMSyntax": om_syntax,
        "isSingleValued": "TRUE" if values == "single" else "FALSE",
        "searchFlags": search_flags,
        "isMemberOfPartialAttributeSet": "TRUE" if gc == "yes" else "FALSE",
        "schemaIDGUID": (uuid.uuid5(uuid.NAMESPACE_OID, oid) if guid == "-" else uuid.UUID(guid)).bytes_le,
        "showInAdvancedViewOnly": "TRUE",
    }
    if om_object_class is not None:
        result["oMObjectClass"] = om_object_class
    if link != "-":
        result["linkID"] = AUTOMATIC_LINK if link == "auto" else link
    if mapi_id != "-":
        result["mAPIID"] = mapi_id
    return cn, result


def add_exchange_schema(db):
    """Add the attributes the schema lacks and allow them on users, groups and contacts.

    These three have Mail-Recipient as auxiliary class, so its mayContain is enough, as with Exchange itself.
    """
    schema = str(db.get_schema_basedn())
    present = {
        str(found[key][0]).lower()
        for found in db.search(
            schema, ldb.SCOPE_ONELEVEL, "(objectClass=attributeSchema)", attrs=["lDAPDisplayName", "attributeID"]
        )
        for key in ("lDAPDisplayName", "attributeID")
    }
    added = []
    db.transaction_start()
    for row in read_table():
        if row[0].lower() in present or row[2] in present:
            continue
        cn, values = attribute_schema(row)
        db.add(message(db, "CN=%s,%s" % (cn, schema), values, ldb.FLAG_MOD_ADD))
        added.append(row[0])
    db.transaction_commit()
    db.set_schema_update_now()
    db.modify(
        message(db, "CN=Mail-Recipient," + schema, {"mayContain": added}, ldb.FLAG_MOD_ADD)
    )
    db.set_schema_update_now()
