"""Makes electron/formats/dicom/deidentify/confidentiality-profile.ts from table E.1-1 of DICOM PS3.15 (edition 2026c).

The table is taken from the package dicom-anonymizer (BSD licence), which makes its lists from the standard; value
representations from pydicom's dictionary.

python3 -m venv v && v/bin/pip install dicom-anonymizer==2.1.0 pydicom
v/bin/python make-confidentiality-profile.py > ../electron/formats/dicom/deidentify/confidentiality-profile.ts
"""
from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as table
from pydicom.datadict import dictionary_VR

# Where the action depends on what the object's definition demands, the one that suits every definition is taken: a dummy
# value where some demand a value, an empty one where some demand the element. PS3.15 E.3.1, table E.1-1a.
actions = {
    "X_TAGS": "X",
    "Z_TAGS": "Z",
    "D_TAGS": "D",
    "U_TAGS": "U",
    "Z_D_TAGS": "D",
    "X_Z_TAGS": "Z",
    "X_D_TAGS": "D",
    "X_Z_D_TAGS": "D",
    "X_Z_U_STAR_TAGS": "U",
}
found = {}
for name in dir(table):
    if not name.endswith("_TAGS") or name in ("ALL_TAGS",):
        continue
    action = actions[name]
    for entry in getattr(table, name):
        group, element = entry[0], entry[1]
        if len(entry) > 2 or group & 0xFF00 in (0x5000, 0x6000):
            continue  # repeating groups are in the code
        try:
            vr = dictionary_VR((group << 16) | element)[:2]
        except KeyError:
            vr = "UN"
        found[f"x{group:04x}{element:04x}"] = action + vr
print("""/**
 * What becomes of each element by the Basic Application Level Confidentiality Profile: X removed, Z emptied, D replaced by a value
 * without meaning, U replaced by another UID; then its value representation. Curves, overlays and private elements are not listed.
 * Made by scripts/make-confidentiality-profile.py; source: DICOM PS3.15 (2026c), table E.1-1.
 */
export const confidentialityProfile: Readonly<Record<string, string>> = {""")
for tag in sorted(found):
    print(f"  {tag}: '{found[tag]}',")
print("}")
