# ruff: noqa: ANN201, ANN202, BLE001, D103, FBT003, PERF203, SLF001, UP031
# mypy: allow-untyped-defs, allow-untyped-calls
"""Runs in the target's interpreter and prints, as JSON, what it and its pip say of themselves.

Parses on Python 2.7, so that a Python that is too old can say so. Nothing is imported from the
current folder, no connection is opened, and nothing is changed.
"""

import sys

if sys.path and sys.path[0] == "":  # `-c` put the current folder there
    del sys.path[0]

import json
import os
import platform


def _ssl():
    try:
        import ssl
    except Exception as error:
        return {"error": str(error)}
    paths = ssl.get_default_verify_paths()
    return {
        "version": ssl.OPENSSL_VERSION,
        "file": paths.openssl_cafile,
        "folder": paths.openssl_capath,
        "der": _refuses_der(ssl),
    }


def _refuses_der(ssl):  # noqa: ANN001 - read by Python 2.7
    """Return what this Python says of a root in DER that it can load, "" for nothing.

    python/cpython#151504.
    """
    try:
        from pip._vendor import certifi

        with open(certifi.where(), "rb") as file:
            text = file.read(1 << 16).decode("utf-8", "replace")
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        pem = begin + text.partition(begin)[2].partition(end)[0] + end + "\n"
        context = ssl.SSLContext(getattr(ssl, "PROTOCOL_TLS_CLIENT", ssl.PROTOCOL_SSLv23))
        der = ssl.PEM_cert_to_DER_cert(pem)
    except Exception:
        return ""
    try:
        context.load_verify_locations(cadata=der)
    except ssl.SSLError as error:
        return str(error) if len(context.get_ca_certs()) == 1 else ""
    except ValueError:  # a certifi without a certificate
        pass
    return ""


def _settings():
    """Return [section, key, value, file, kind] in the order in which pip reads them."""
    from pip._internal import configuration

    loaded = configuration.Configuration(False, None)
    loaded.load()
    order = getattr(configuration, "OVERRIDE_ORDER", ()) or loaded._override_order  # before 20.0
    found = []
    for kind in order:
        for path, parser in loaded._parsers.get(kind, ()):
            for section in parser.sections():
                for key, value in parser.items(section):
                    found.append([section, key, value, path, str(kind)])
    return found


def _certifi():
    from pip._vendor import certifi

    return {"path": certifi.where(), "version": certifi.__version__}


def _pip():
    try:
        import pip
    except ImportError:
        return None
    said = {"version": pip.__version__, "path": os.path.dirname(pip.__file__)}
    for name, ask in (("settings", _settings), ("certifi", _certifi), ("default", _default)):
        try:
            said[name] = ask()
        except Exception as error:
            said[name + "_error"] = "%s: %s" % (type(error).__name__, error)
    return said


def _has_ensurepip():
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return False
    return True


def _default():
    from pip._internal.models.index import PyPI

    return {"index": PyPI.simple_url, "files": PyPI.file_storage_domain}


def main():
    said = {
        "executable": sys.executable,
        "version": list(sys.version_info[:3]),
        "prefix": sys.prefix,
        "base_prefix": getattr(sys, "base_prefix", sys.prefix),
        "system": platform.system(),
        "built": platform.python_build()[1],
        "is_conda": os.path.isdir(os.path.join(sys.prefix, "conda-meta")),
        "ssl": _ssl(),
        "pip": _pip(),
        "ensurepip": _has_ensurepip(),
    }
    sys.stdout.write(json.dumps(said))


main()
