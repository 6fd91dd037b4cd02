"""Reference values for segmentations, structure sets and reports, by pydicom and numpy.

python3 -m venv v && v/bin/pip install pydicom numpy
v/bin/python medical-objects.py SHARED_DATA > medical-objects.json

For every segment: how many pixels are marked in each stored frame (by its place along the normal where it has one), and
`weighted`, the sum of 1 + (index in the frame modulo 997) over the marked pixels, so that it tells a place from another.
For every structure: points of its contours, and the pixels of each slice whose middle lies within (even-odd).
For every measurement group: tracking, finding and the numbers.
"""
import json
import os
import sys
import warnings

import numpy as np
import pydicom

warnings.simplefilter("ignore")
root = sys.argv[1]


def group_item(ds, index, name):
    for groups in (ds.get("PerFrameFunctionalGroupsSequence", []), ds.get("SharedFunctionalGroupsSequence", [])):
        item = groups[index] if len(groups) > index and groups is ds.get("PerFrameFunctionalGroupsSequence") else (groups[0] if len(groups) else None)
        if item is not None and name in item and len(item[name].value):
            return item[name].value[0]
    return None


def segmentation(ds):
    values = ds.pixel_array
    if int(ds.get("NumberOfFrames", 1)) == 1 and values.ndim == 2:
        values = values[None]
    weights = 1 + np.arange(values[0].size) % 997
    half = int(ds.get("MaximumFractionalValue", 255)) / 2
    background = int(ds.get("PixelPaddingValue", 0))
    result = []
    total = len(ds.SegmentSequence)
    for k, segment in enumerate(ds.SegmentSequence):
        number = int(segment.SegmentNumber)
        if ds.SegmentationType == "LABELMAP" and (number == background or segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == "125040"):
            continue
        frames = []
        for index, value in enumerate(values):
            own = group_item(ds, index, "SegmentIdentificationSequence")
            if ds.SegmentationType == "LABELMAP":
                bits = value == number
            else:
                if own is not None:
                    belongs = int(own.ReferencedSegmentNumber) == number
                else:
                    belongs = index // (len(values) // total) == k
                if not belongs:
                    continue
                bits = value > 0 if ds.SegmentationType == "BINARY" else value >= half
            if not bits.any():
                continue
            place = group_item(ds, index, "PlanePositionSequence")
            frames.append({
                "frame": index,
                "position": [float(v) for v in place.ImagePositionPatient] if place is not None else None,
                "pixels": int(bits.sum()),
                "weighted": int((bits.ravel() * weights).sum()),
            })
        code = segment.SegmentedPropertyTypeCodeSequence[0]
        result.append({
            "number": number,
            "label": str(segment.SegmentLabel),
            "type": [str(code.CodeValue), str(code.CodingSchemeDesignator), str(code.CodeMeaning)],
            "trackingUid": str(segment.get("TrackingUID", "")) or None,
            "frames": frames,
        })
    return {"kind": str(ds.SegmentationType), "segments": result}


def inside(points, rows, columns):
    """Pixels whose middle lies within a polygon of (row, column) points, by the crossing number."""
    y, x = np.mgrid[0:rows, 0:columns].astype(float)
    result = np.zeros((rows, columns), bool)
    for (y0, x0), (y1, x1) in zip(points, np.roll(points, -1, axis=0)):
        crosses = (y0 <= y) != (y1 <= y)
        if y1 != y0:
            result ^= crosses & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return result


def structures(ds, images):
    by_uid = {im.SOPInstanceUID: im for im in images}
    contours = {int(c.ReferencedROINumber): c for c in ds.get("ROIContourSequence", [])}
    result = []
    for roi in ds.StructureSetROISequence:
        drawn = contours.get(int(roi.ROINumber))
        items = drawn.get("ContourSequence", []) if drawn is not None else []
        slices = {}
        for item in items:
            points = np.array([float(v) for v in item.ContourData]).reshape(-1, 3)
            image = next((im for im in images if abs(float(im.ImagePositionPatient[2]) - points[0, 2]) < 0.5), None)
            if image is None:
                continue
            offset = points - np.array(image.ImagePositionPatient, float)
            row, column = np.array(image.ImageOrientationPatient[:3], float), np.array(image.ImageOrientationPatient[3:], float)
            pixels = np.stack([offset @ column / float(image.PixelSpacing[0]), offset @ row / float(image.PixelSpacing[1])], axis=1)
            key = str(image.SOPInstanceUID)
            mask = inside(pixels, int(image.Rows), int(image.Columns))
            slices[key] = slices.get(key, np.zeros_like(mask)) ^ mask
        weights = 1 + np.arange(int(images[0].Rows) * int(images[0].Columns)) % 997 if images else None
        result.append({
            "number": int(roi.ROINumber),
            "name": str(roi.ROIName),
            "contours": len(items),
            "points": sum(len(i.ContourData) // 3 for i in items),
            "slices": [{"image": k, "pixels": int(m.sum()), "weighted": int((m.ravel() * weights).sum())} for k, m in sorted(slices.items())],
        })
    return result


def code(item, name):
    if name not in item:
        return None
    c = item[name].value[0]
    return [str(c.CodeValue), str(c.CodingSchemeDesignator), str(c.CodeMeaning)]


def groups(item, found):
    name = code(item, "ConceptNameCodeSequence")
    if item.get("ValueType") == "CONTAINER" and name and name[0] == "125007":
        children = item.ContentSequence
        text = {code(c, "ConceptNameCodeSequence")[0]: c for c in children if code(c, "ConceptNameCodeSequence")}
        found.append({
            "trackingId": str(text["112039"].TextValue) if "112039" in text else None,
            "trackingUid": str(text["112040"].UID) if "112040" in text else None,
            "finding": code(text["121071"], "ConceptCodeSequence") if "121071" in text else None,
            "numbers": [
                [code(c, "ConceptNameCodeSequence"), float(c.MeasuredValueSequence[0].NumericValue), str(c.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue)]
                for c in children
                if c.ValueType == "NUM" and len(c.MeasuredValueSequence)
            ],
        })
        return
    for child in item.get("ContentSequence", []):
        groups(child, found)


result = {"segmentations": {}, "structures": {}, "reports": {}, "unreadable": {}}
for folder, _, names in sorted(os.walk(root)):
    if os.path.basename(folder).startswith("."):
        continue
    rel = os.path.relpath(folder, root)
    if not (rel.startswith("dicom_objects") or rel.startswith("ms_longitudinal_p01/dicom")):
        continue
    for name in sorted(names):
        path = os.path.join(folder, name)
        key = os.path.relpath(path, root).replace(os.sep, "/")
        try:
            ds = pydicom.dcmread(path, force=True)
            sop = str(ds.get("SOPClassUID", ""))
            if sop in ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"):
                result["segmentations"][key] = segmentation(ds)
            elif sop == "1.2.840.10008.5.1.4.1.1.481.3":
                images = []
                for other in sorted(f for f in names if rel == "dicom_objects/rt"):
                    image = pydicom.dcmread(os.path.join(folder, other), force=True, stop_before_pixels=True)
                    if image.get("Modality") == "CT":
                        images.append(image)
                result["structures"][key] = structures(ds, images)
            elif sop.startswith("1.2.840.10008.5.1.4.1.1.88."):
                found = []
                groups(ds, found)
                result["reports"][key] = found
        except Exception as error:
            result["unreadable"][key] = str(error).split("\n")[0][:160]
json.dump(result, sys.stdout, indent=1)
print()
