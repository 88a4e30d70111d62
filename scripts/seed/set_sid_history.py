#!/usr/bin/python3
"""Give accounts the SID that they had in another domain (sIDHistory), which no LDAP client may. The controller may run.

usage: set_sid_history.py SMB_CONF, with [{"dn", "sid"}] as JSON on stdin
"""
import json
import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack
from samba.param import LoadParm
from samba.samdb import SamDB

lp = LoadParm()
lp.load(sys.argv[1])
db = SamDB(url=lp.private_path("sam.ldb"), session_info=system_session(), lp=lp)
db.transaction_start()
for account in json.load(sys.stdin):
    change = ldb.Message(ldb.Dn(db, account["dn"]))
    former = ndr_pack(security.dom_sid(account["sid"]))
    change["sIDHistory"] = ldb.MessageElement([former], ldb.FLAG_MOD_REPLACE, "sIDHistory")
    db.modify(change)
db.transaction_commit()
