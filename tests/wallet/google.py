"""Links for Google Wallet, checked by PyJWT.

    python google.py FOLDER     FOLDER holds *.link, public.pem and stranger/public.pem

RS256 by the account's key, for Google, to save, from an origin, with objects and classes of this issuer, and not longer
than a link can be. Then faults are planted and have to be found.
"""

import pathlib
import re
import sys

import jwt

ISSUER = "passes@salon.iam.gserviceaccount.com"
ID = re.compile(r"3388000000012345678\.[A-Za-z0-9._-]+")


def faults(link: str, public: str) -> list[str]:
    """What is wrong with a link."""
    start = "https://pay.google.com/gp/v/save/"
    if not link.startswith(start):
        return ["not Google's address"]
    token = link.removeprefix(start)
    found = [f"{len(token)} characters do not fit into a link"] if len(token) > 1800 else []
    try:
        required = {"require": ["iss", "aud", "iat"]}
        claims = jwt.decode(token, public, algorithms=["RS256"], audience="google", issuer=ISSUER, options=required)
    except jwt.PyJWTError as error:
        return [*found, f"{type(error).__name__}: {error}"]
    if claims.get("typ") != "savetowallet":
        found.append(f"typ {claims.get('typ')}")
    if not claims.get("origins"):
        found.append("no origin")
    payload = claims["payload"]
    classes = {one["id"] for one in payload["genericClasses"]}
    for one in payload["genericObjects"]:
        if not ID.fullmatch(one["id"]) or not ID.fullmatch(one["classId"]):
            found.append(f"{one['id']} of {one['classId']} is not this issuer's")
        if one["classId"] not in classes:
            found.append(f"the class {one['classId']} does not come with it")
        for place in one.get("merchantLocations", []):
            if set(place) != {"latitude", "longitude"} or abs(place["latitude"]) > 90 or abs(place["longitude"]) > 180:
                found.append(f"{place} is no place")
        if one.get("state", "ACTIVE") not in {"ACTIVE", "EXPIRED"}:
            found.append(f"state {one['state']}")
    return found


def main():
    folder = pathlib.Path(sys.argv[1])
    public, stranger = ((folder / name).read_text() for name in ("public.pem", "stranger/public.pem"))
    links = {path.name: path.read_text().strip() for path in sorted(folder.glob("*.link"))}
    assert len(links) >= 3, "an appointment, one with long names and a membership"
    wrong = {name: found for name, link in links.items() if (found := faults(link, public))}
    link = next(iter(links.values()))
    head, claims, end = link.rsplit(".", 2)
    planted = {
        "another key": faults(link, stranger),
        "other claims": faults(f"{head}.{claims[:-4]}AAAA.{end}", public),
        "too long": faults(link + "A" * 1800, public),
        "another address": faults(link.replace("pay.google.com", "pay.example"), public),
    }
    missed = [name for name, found in planted.items() if not found]
    print(f"{len(links)} links for Google Wallet are right; {len(planted)} planted faults were found" if not wrong and not missed else (wrong, missed))
    return bool(wrong or missed)


if __name__ == "__main__":
    sys.exit(main())
