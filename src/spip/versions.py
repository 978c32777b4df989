"""Versions, to be compared as numbers. Read by Python 3.6, where pip runs."""


def numbers(version: str) -> "tuple[int, ...]":
    """The release of a version (PEP 440) as numbers: (2, 6, 3) of "2.6.3.post1"; () of "x"."""
    found = []
    for part in version.strip().split("."):
        digits = ""
        for letter in part:
            if not "0" <= letter <= "9":
                break
            digits += letter
        if not digits:
            break
        found.append(int(digits[:9]))
        if digits != part:
            break  # 24.1rc1
    return tuple(found)
