#!/usr/bin/python3
"""Add an object with an objectGUID and a sIDHistory of one's choice, which no LDAP client may: what is left of a move
between two domains of a forest, in a domain that stands in for the other one. The controller may run.

usage: add_with_guid.py SMB_CONF, with {"dn", "guid", "formerSid", "attributes": {name: [value]}} as JSON on stdin
"""
import json
import sys
import uuid

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack
from samba.param import LoadParm
from samba.samdb import SamDB

lp = LoadParm()
lp.load(sys.argv[1])
db = SamDB(url=lp.private_path("sam.ldb"), session_info=system_session(), lp=lp)
wanted = json.load(sys.stdin)
message = ldb.Message(ldb.Dn(db, wanted["dn"]))
values = {name: [value.encode() for value in given] for name, given in wanted["attributes"].items()}
values["objectGUID"] = [uuid.UUID(wanted["guid"]).bytes_le]
for name, given in values.items():
    message[name] = ldb.MessageElement(given, ldb.FLAG_MOD_ADD, name)
db.transaction_start()
db.add(message, controls=["relax:0"])
if wanted["formerSid"] is not None:
    change = ldb.Message(message.dn)
    change["sIDHistory"] = ldb.MessageElement(
        [ndr_pack(security.dom_sid(wanted["formerSid"]))], ldb.FLAG_MOD_ADD, "sIDHistory"
    )
    db.modify(change)
db.transaction_commit()
