"""Where roots lie that neither the system's store nor certifi has: data, to be extended here.

A path ends in a pattern with `*` where versions or accounts differ. Every place of the first two
tables is a source only where nobody but an administrator could have written it.
"""

from __future__ import annotations

# The folders that a distribution's update command reads, and that command. A root that was put
# there while nobody ran the command is in no store yet.
ANCHORS: dict[str, tuple[tuple[str, str], ...]] = {
    "linux": (
        # Debian, Ubuntu, Alpine, Wolfi, Gentoo
        ("/usr/local/share/ca-certificates", "update-ca-certificates"),
        # Fedora, RHEL and its kin, Amazon Linux
        ("/etc/pki/ca-trust/source/anchors", "update-ca-trust extract"),
        ("/usr/share/pki/ca-trust-source/anchors", "update-ca-trust extract"),
        # SUSE
        ("/etc/pki/trust/anchors", "update-ca-certificates"),
        ("/usr/share/pki/trust/anchors", "update-ca-certificates"),
        # Arch
        ("/etc/ca-certificates/trust-source/anchors", "trust extract-compat"),
        # FreeBSD; OpenBSD and NetBSD keep one file, which is the store
        ("/usr/local/etc/ssl/certs", "certctl rehash"),
    ),
    "macos": (),  # the keychains are the store, and hold nothing that it lacks
    "windows": (),
}

# Files that interception agents leave for other programs, and whose they are. On Windows,
# {ProgramData} is asked from the system.
VENDORS: dict[str, tuple[tuple[str, str], ...]] = {
    "linux": (
        ("Netskope", "/opt/netskope/stagent/*/nscacert*.pem"),
        ("Netskope", "/opt/netskope/stagent/*/nstenantcert.pem"),
        ("Cloudflare", "/var/lib/cloudflare-warp/installed_cert*.pem"),
        ("Cloudflare", "/var/lib/cloudflare-warp/installed_certs/*.pem"),
    ),
    "macos": (
        ("Netskope", "/Library/Application Support/Netskope/STAgent/*/nscacert*.pem"),
        ("Netskope", "/Library/Application Support/Netskope/STAgent/*/nstenantcert.pem"),
        ("Cloudflare", "/Library/Application Support/Cloudflare/installed_cert*.pem"),
        ("Cloudflare", "/Library/Application Support/Cloudflare/installed_certs/*.pem"),
    ),
    "windows": (
        ("Netskope", "{ProgramData}/netskope/stagent/data/nscacert*.pem"),
        ("Netskope", "{ProgramData}/netskope/stagent/data/nstenantcert.pem"),
        ("Cloudflare", "{ProgramData}/Cloudflare/installed_cert*.pem"),
        ("Cloudflare", "{ProgramData}/Cloudflare/installed_certs/*.pem"),
        ("Kaspersky", "{ProgramData}/Kaspersky Lab/*/Data/Cert/*.cer"),
        ("Avast", "{ProgramData}/Avast Software/Avast/wscert.pem"),
        ("AVG", "{ProgramData}/AVG/Antivirus/wscert.pem"),
        ("Norton", "{ProgramData}/Norton/Antivirus/wscert.pem"),
        ("ESET", "{ProgramData}/ESET/ESET Security/certs/root.pem"),
    ),
}

# The folder of roots that an administrator of this machine made for spip.
ADMIN: dict[str, str] = {
    "linux": "/etc/spip/ca.d",
    "macos": "/Library/Application Support/spip/ca.d",
    "windows": "{ProgramData}/spip/ca.d",
}
