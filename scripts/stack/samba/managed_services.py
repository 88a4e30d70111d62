"""What a managed forest has before the first customer: its OUs, and the Exchange and Lync objects that attributes of
mailboxes and voice users point to."""
import ldb

ORGANISATION = "CN=Fabrikam,CN=Microsoft Exchange,CN=Services"
DATABASES = "CN=Databases,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups," + ORGANISATION
LISTS = "CN=Address Lists Container," + ORGANISATION
POOLS = "CN=Pools,CN=RTC Service,CN=Services"

CONTAINERS = [
    "CN=Microsoft Exchange,CN=Services",
    ORGANISATION,
    "CN=Administrative Groups," + ORGANISATION,
    "CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups," + ORGANISATION,
    DATABASES,
    *["CN=%s,%s" % (name, DATABASES) for name in ("EU-DB01", "EU-DB02", "NA-DB01", "NA-DB02")],
    LISTS,
    "CN=All Address Lists," + LISTS,
    *["CN=%s,CN=All Address Lists,%s" % (name, LISTS) for name in ("All Users", "All Contacts", "All Groups", "All Rooms")],
    "CN=All Global Address Lists," + LISTS,
    "CN=Default Global Address List,CN=All Global Address Lists," + LISTS,
    "CN=RTC Service,CN=Services",
    POOLS,
    *[
        prefix + "CN=%s,%s" % (pool, POOLS)
        for pool in ("EU-POOL01", "NA-POOL01")
        for prefix in ("", "CN=Microsoft,", "CN=Lc Services,CN=Microsoft,")
    ],
]
UNITS = ["OU=Customers", "OU=contoso,OU=Customers"]


def add_managed_services(db):
    """Exchange's own classes are not needed: a link accepts a target of any class, so all are containers."""
    configuration = str(db.get_config_basedn())
    domain = str(db.get_default_basedn())
    db.transaction_start()
    for name in CONTAINERS:
        db.add({"dn": ldb.Dn(db, "%s,%s" % (name, configuration)), "objectClass": "container"})
    for name in UNITS:
        db.add({"dn": ldb.Dn(db, "%s,%s" % (name, domain)), "objectClass": "organizationalUnit"})
    db.transaction_commit()
