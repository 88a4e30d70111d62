"""The accounts that Itasca binds with, with the least rights that serve."""
import ldb
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack

# Extended rights ([MS-ADTS] 5.1.3.2.1).
REPLICATING_DIRECTORY_CHANGES = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
REANIMATE_TOMBSTONES = "45ec5156-db7e-47bb-b53f-dbeb2d03c40f"
GIVEN_TO_AUTHENTICATED_USERS = [
    "280f369c-67c7-438e-ae98-1d46f3c6f541",  # Update-Password-Not-Required-Bit
    "ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501",  # Enable-Per-User-Reversibly-Encrypted-Password
    "05c74c5e-4deb-43b4-bd9f-86664c2a7fd5",  # Unexpire-Password
]

# Every right of a directory object that changes something, and all control access rights.
WRITE_RIGHTS = "CCDCDTSWWPSDWDWOCR"
# Everything but changing permissions and owner.
FULL_CONTROL = "CCDCLCSWRPWPDTLOCRSDRC"
READ = "RPLCLORC"
NORMAL_ACCOUNT_PASSWORD_NEVER_EXPIRES = 0x200 | 0x10000


def add_aces(db, dn, sddl):
    """Put ACEs in front of the DACL of an object; also of CN=Deleted Objects, which samba-tool cannot reach."""
    controls = ["show_deleted:1", "sd_flags:1:%d" % security.SECINFO_DACL]
    found = db.search(dn, ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"], controls=controls)[0]
    descriptor = ndr_unpack(security.descriptor, found["nTSecurityDescriptor"][0])
    for position, ace in enumerate(
        security.descriptor.from_sddl("D:" + sddl, security.dom_sid(db.get_domain_sid())).dacl.aces
    ):
        descriptor.dacl_add(ace, position)
    change = ldb.Message(found.dn)
    change["nTSecurityDescriptor"] = ldb.MessageElement(
        ndr_pack(descriptor), ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor"
    )
    db.modify(change, controls=controls)


def add_account(db, name, password, description):
    """A service account that may read the whole forest, deleted objects included, and DirSync its domain.

    Denied to it is what anyone else may write:
    - on its own object, by SELF and Everyone: personal information, web pages, changing the password;
    - on the objects that stand for well-known groups (Authenticated Users, Network, Everyone), by SELF too, because
      who is in such a group is SELF there: url and wWWHomePage;
    - on the domain, by Authenticated Users: the rights about password flags.
    """
    domain = str(db.get_default_basedn())
    db.newuser(name, password, description=description, useusernameascn=True)
    found = db.search(domain, ldb.SCOPE_SUBTREE, "(sAMAccountName=%s)" % name, attrs=["objectSid"])[0]
    sid = str(ndr_unpack(security.dom_sid, found["objectSid"][0]))
    db.modify_ldif(
        "dn: %s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: %d\n"
        % (found.dn, NORMAL_ACCOUNT_PASSWORD_NEVER_EXPIRES)
    )
    for base in (domain, str(db.get_config_basedn())):
        for group in db.search(base, ldb.SCOPE_SUBTREE, "(objectClass=foreignSecurityPrincipal)", attrs=["dn"]):
            add_aces(db, str(group.dn), "(D;;%s;;;%s)" % (WRITE_RIGHTS, sid))
    add_aces(db, str(found.dn), "(D;;%s;;;%s)" % (WRITE_RIGHTS, sid))
    denied = "".join("(OD;;CR;%s;;%s)" % (right, sid) for right in GIVEN_TO_AUTHENTICATED_USERS)
    add_aces(db, domain, denied + "(OA;;CR;%s;;%s)" % (REPLICATING_DIRECTORY_CHANGES, sid))
    add_aces(db, "CN=Deleted Objects," + domain, "(A;CI;%s;;;%s)" % (READ, sid))
    return sid


def add_reader(db, name, password):
    """The customer's account: reads everything, writes nothing.

    Any account may add computers up to ms-DS-MachineAccountQuota, ten by default: the quota is set to none.
    """
    db.modify_ldif(
        "dn: %s\nchangetype: modify\nreplace: ms-DS-MachineAccountQuota\nms-DS-MachineAccountQuota: 0\n"
        % db.get_default_basedn()
    )
    return add_account(db, name, password, "Itasca reads this forest; it may write nothing")


def add_writer(db, name, password):
    """The managed forest's account: as the reader, and full control below the customer's OU."""
    sid = add_account(db, name, password, "Itasca writes below OU=contoso,OU=Customers")
    domain = str(db.get_default_basedn())
    add_aces(db, "OU=contoso,OU=Customers," + domain, "(A;CI;%s;;;%s)" % (FULL_CONTROL, sid))
    add_aces(db, domain, "(OA;;CR;%s;;%s)" % (REANIMATE_TOMBSTONES, sid))
    return sid


def keep_administrator_usable(db):
    """A template is used for months: the password must not expire in it."""
    db.modify_ldif(
        "dn: CN=Administrator,CN=Users,%s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: %d\n"
        % (db.get_default_basedn(), NORMAL_ACCOUNT_PASSWORD_NEVER_EXPIRES)
    )
