#!/usr/bin/python3
"""Build the template of a test forest: usage: build_forest.py customer|managed|subsidiary DIRECTORY

DIRECTORY must not exist. It gets Samba's databases of a new domain with the Exchange and Lync schema, the service
account, in the managed forest also the Exchange and Lync objects that mailboxes and voice users point to, and
forest.json: what a client needs to know, the passwords included (mode 0600).
"""
import json
import os
import secrets
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
os.umask(0o077)

from exchange_schema import add_exchange_schema
from managed_services import add_managed_services
from provision_domain import open_directory, provision_domain
from service_accounts import add_reader, add_writer, keep_administrator_usable


def password():
    """A random password that meets the domain's complexity rule whatever the random part is."""
    return "Aa1-" + secrets.token_urlsafe(24)


def write_private(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def main():
    side, directory = sys.argv[1], os.path.abspath(sys.argv[2])
    with open(os.path.join(HERE, "forests.json")) as file:
        forest = json.load(file)[side]
    administrator = password()
    service = password()
    steps = []

    def step(name, action):
        started = time.monotonic()
        result = action()
        steps.append("%s %.1f s" % (name, time.monotonic() - started))
        return result

    os.makedirs(directory)
    configuration = step("domain", lambda: provision_domain(directory, forest, administrator))
    db = open_directory(configuration)
    step("schema", lambda: add_exchange_schema(db))
    # The schema is read when a database is opened; the new classes are only complete for a new handle.
    db = open_directory(configuration)
    account = forest["serviceAccount"]
    if side == "managed":
        step("services", lambda: add_managed_services(db))
        step("account", lambda: add_writer(db, account, service))
    else:
        step("account", lambda: add_reader(db, account, service))
    keep_administrator_usable(db)

    dns = forest["realm"].lower()
    write_private(os.path.join(directory, "service.password"), service)
    write_private(
        os.path.join(directory, "forest.json"),
        json.dumps(
            {
                "side": side,
                "realm": forest["realm"],
                "netbios": forest["netbios"],
                "hostname": forest["hostname"],
                "namingContext": str(db.get_default_basedn()),
                "administrator": {"account": "Administrator@" + dns, "password": administrator},
                "service": {"account": account + "@" + dns, "password": service},
            },
            indent=2,
        ),
    )
    print(", ".join(steps))


main()
