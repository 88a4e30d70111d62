"""A new Samba domain, made without root rights and without Samba's file server modules."""
import contextlib
import io
import logging
import os

import samba
from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.param import LoadParm
from samba.provision import provision
from samba.samdb import SamDB

HERE = os.path.dirname(os.path.abspath(__file__))


def write_configuration(directory, forest):
    with open(os.path.join(HERE, "smb.conf.in")) as file:
        text = file.read()
    for name, value in {
        "DIR": directory,
        "IP": "127.0.0.1",
        "HOSTNAME": forest["hostname"].upper(),
        "NETBIOS": forest["netbios"],
        "REALM": forest["realm"],
        "DNS_DOMAIN": forest["realm"].lower(),
    }.items():
        text = text.replace("@%s@" % name, value)
    path = os.path.join(directory, "etc", "smb.conf")
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as file:
        file.write(text)
    return path


def provision_domain(directory, forest, administrator_password):
    """Make the databases; answers the path of the smb.conf to open them with.

    LMDB, because it writes twice as fast as TDB; no sysvol ACLs, because these need root and the VFS modules.
    """
    configuration = write_configuration(directory, forest)
    logging.basicConfig(level=logging.ERROR)
    samba.set_debug_level(0)
    with contextlib.redirect_stdout(io.StringIO()):
        provision(
            logging.getLogger("provision"),
            system_session(),
            targetdir=directory,
            realm=forest["realm"],
            domain=forest["netbios"],
            hostname=forest["hostname"],
            hostip="127.0.0.1",
            hostip6="::1",
            adminpass=administrator_password,
            dns_backend="NONE",
            serverrole="active directory domain controller",
            dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2,
            lp=LoadParm(),
            root=None,
            nobody=None,
            users=None,
            skip_sysvolacl=True,
            base_schema="2012_R2",
            backend_store="mdb",
            batch_mode=True,
            plaintext_secrets=False,
        )
    return configuration


def open_directory(configuration):
    """The directory database as SYSTEM, offline."""
    lp = LoadParm()
    lp.load(configuration)
    return SamDB(url=lp.private_path("sam.ldb"), session_info=system_session(), lp=lp)
