"""What pydicom reads from overlay planes (groups 60xx), for overlay-planes.test.ts.

    python overlay-planes.py DATA > overlay-planes.json      (DATA: the folder with dicom_objects; pydicom 3, numpy)

Two real files, and small ones that pydicom writes here: an overlay of two frames that begins beside the image, in both byte orders, and
one in unused bits of the pixels, whose bits numpy takes out of the stored numbers.
"""

import base64
import hashlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, generate_uid

data = Path(sys.argv[1])
rows, columns = 5, 7
random = np.random.default_rng(60)


def described(bits):
    bits = np.atleast_3d(bits) if bits.ndim == 3 else bits[None]
    return {
        "shape": list(bits.shape),
        "marked": [int(frame.sum()) for frame in bits],
        "sha256": hashlib.sha256(bits.astype(np.uint8).tobytes()).hexdigest(),
    }


def real(name):
    dataset = pydicom.dcmread(data / name)
    return {"file": name, **described(dataset.overlay_array(0x6000))}


def image(syntax, frames, pixels):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["overlay", str(syntax), str(frames)])
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.Modality = "MR"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    if frames > 1:
        dataset.NumberOfFrames = frames
    order = ">u2" if syntax == ExplicitVRBigEndian else "<u2"
    dataset.add_new(0x7FE00010, "OW", pixels.astype(order).tobytes())
    return dataset


def text(dataset, syntax):
    file = io.BytesIO()
    pydicom.dcmwrite(file, dataset, implicit_vr=False, little_endian=syntax != ExplicitVRBigEndian, enforce_file_format=True)
    return base64.b64encode(file.getvalue()).decode()


def shifted(syntax):
    """Frames 2 and 3 of three; the overlay is 4 x 9 from row 3, column -1 (counted from 1) on."""
    dataset = image(syntax, 3, random.integers(0, 4096, (3, rows, columns)))
    bits = random.integers(0, 2, (2, 4, 9)).astype(np.uint8)
    packed = np.packbits(bits.ravel(), bitorder="little")
    packed = np.append(packed, np.zeros(len(packed) % 2, np.uint8))
    dataset.add_new(0x60020010, "US", 4)
    dataset.add_new(0x60020011, "US", 9)
    dataset.add_new(0x60020015, "IS", 2)
    dataset.add_new(0x60020040, "CS", "R")
    dataset.add_new(0x60020050, "SS", [3, -1])
    dataset.add_new(0x60020051, "US", 2)
    dataset.add_new(0x60020100, "US", 1)
    dataset.add_new(0x60020102, "US", 0)
    dataset.add_new(0x60021500, "LO", "Shifted")
    # Bytes in words of big-endian files are swapped; pydicom writes them as given.
    given = packed.reshape(-1, 2)[:, ::-1].ravel() if syntax == ExplicitVRBigEndian else packed
    dataset.add_new(0x60023000, "OW", given.tobytes())
    file = text(dataset, syntax)
    read = pydicom.dcmread(io.BytesIO(base64.b64decode(file)))
    if syntax == ExplicitVRLittleEndian:
        assert np.array_equal(read.overlay_array(0x6002), bits)
    placed = np.zeros((2, rows, columns), np.uint8)
    for row in range(4):
        for column in range(9):
            y, x = row + 2, column - 2
            if 0 <= y < rows and 0 <= x < columns:
                placed[:, y, x] = bits[:, row, column]
    return {"base64": file, "frames": [None, placed[0].ravel().tolist(), placed[1].ravel().tolist()]}


def embedded(syntax):
    """Bit 13 of numbers of which 12 bits count."""
    pixels = random.integers(0, 4096, (2, rows, columns)) | (random.integers(0, 4, (2, rows, columns)) << 13)
    dataset = image(syntax, 2, pixels)
    dataset.add_new(0x60000010, "US", rows)
    dataset.add_new(0x60000011, "US", columns)
    dataset.add_new(0x60000040, "CS", "G")
    dataset.add_new(0x60000050, "SS", [1, 1])
    dataset.add_new(0x60000100, "US", 16)
    dataset.add_new(0x60000102, "US", 13)
    bits = (pixels >> 13) & 1
    return {"base64": text(dataset, syntax), "frames": [frame.ravel().tolist() for frame in bits]}


json.dump(
    {
        "pydicom": pydicom.__version__,
        "real": [real("dicom_objects/pydicom/examples_overlay.dcm"), real("dicom_objects/pydicom/MR-SIEMENS-DICOM-WithOverlays.dcm")],
        "made": {
            f"{name} {order}": make(syntax)
            for name, make in (("shifted", shifted), ("embedded", embedded))
            for order, syntax in (("little", ExplicitVRLittleEndian), ("big", ExplicitVRBigEndian))
        },
    },
    sys.stdout,
    indent=1,
)
