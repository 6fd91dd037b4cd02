"""Reads a segmentation and a report with highdicom, and prints what it finds as JSON.

python3 -m venv v && v/bin/pip install highdicom
v/bin/python check-written.py SEG.dcm SR.dcm

`segments`: for each segment and slice of the series the sum of 1 + (index in the slice modulo 997) over the marked pixels.
"""
import json
import sys

import highdicom as hd
import numpy as np
import pydicom

seg = hd.seg.segread(sys.argv[1])
uids = [str(i.ReferencedSOPInstanceUID) for i in seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence]
pixels = seg.get_pixels_by_source_instance(source_sop_instance_uids=uids, assert_missing_frames_are_empty=True)
weights = 1 + np.arange(pixels.shape[1] * pixels.shape[2]) % 997
sums = (pixels.reshape(len(uids), -1, pixels.shape[3]) * weights[None, :, None]).sum(axis=1)

sr = hd.sr.srread(sys.argv[2])
found = []
for get in (sr.content.get_volumetric_roi_measurement_groups, sr.content.get_image_measurement_groups):
    for group in get():
        numbers = [float(m.value) for m in group.get_measurements()]
        found.append([group.tracking_identifier, str(group.tracking_uid), type(group).__name__, numbers])
print(json.dumps({"class": str(seg.SOPClassUID), "segments": sums.T.tolist(), "groups": found}))
