"""Writes ffmpeg-frames.json: what the ffmpeg program (Debian's 5.1.9) decodes from the real clips.

    python3 tests/unit/formats/video/make_oracle.py <shared/data>

For each file: the number of frames, size, and for six frames the mean of red, green and blue in the four quarters
(top left, top right, bottom left, bottom right). Frames come straight from the decoder (-vsync passthrough): none is
doubled or dropped.
"""

import json
import subprocess
import sys
from pathlib import Path

FOLDERS = ["video_formats", "lung_ultrasound_video", "malformed_mp4"]
SUFFIXES = {".mp4", ".avi", ".mov", ".mpeg", ".gif", ".mkv"}


def frames_of(path: Path):
    probe = subprocess.run(
        ["ffprobe", "-v", "quiet", "-select_streams", "v", "-show_streams", "-of", "json", str(path)],
        capture_output=True, timeout=60,
    )
    # For a file it cannot open it prints half an object.
    streams = json.loads(probe.stdout).get("streams", []) if probe.returncode == 0 else []
    if not streams:
        return None
    # Of several picture tracks ffmpeg takes the largest that is no cover picture.
    streams = [s for s in streams if not s.get("disposition", {}).get("attached_pic")] or streams
    stream = max(streams, key=lambda s: s.get("width", 0) * s.get("height", 0))
    width, height = stream.get("width", 0), stream.get("height", 0)
    rotation = [abs(int(d.get("rotation", 0))) for d in stream.get("side_data_list", [])]
    if any(r % 180 == 90 for r in rotation):
        width, height = height, width
    run = subprocess.run(
        ["ffmpeg", "-v", "quiet", "-i", str(path), "-vsync", "passthrough", "-f", "rawvideo",
         "-pix_fmt", "rgb24", "-"],
        capture_output=True, timeout=120,
    )
    size = width * height * 3
    if size == 0 or len(run.stdout) < size:
        return None
    return width, height, [run.stdout[i:i + size] for i in range(0, len(run.stdout), size)]


def quarters(frame: bytes, width: int, height: int):
    means = []
    rows, columns = [0, height // 2, height], [0, width // 2, width]
    for r in range(2):
        for c in range(2):
            for channel in range(3):
                total = count = 0
                for row in range(rows[r], rows[r + 1]):
                    start = (row * width + columns[c]) * 3 + channel
                    part = frame[start:(row * width + columns[c + 1]) * 3:3]
                    total += sum(part)
                    count += len(part)
                means.append(round(total / max(1, count), 3))
    return means


def main() -> None:
    root = Path(sys.argv[1])
    files = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SUFFIXES:
                continue
            decoded = frames_of(path)
            name = str(path.relative_to(root))
            if decoded is None:
                files[name] = None
                continue
            width, height, frames = decoded
            last = len(frames) - 1
            wanted = sorted({0, 1, last // 3, last // 2, 2 * last // 3, last} & set(range(last + 1)))
            files[name] = {
                "frames": len(frames), "width": width, "height": height,
                "means": {str(i): quarters(frames[i], width, height) for i in wanted},
            }
            print(name, len(frames), flush=True)
    text = json.dumps({"source": "ffmpeg 5.1.9-0+deb12u1", "files": files}, separators=(",", ":"))
    Path(__file__).with_name("ffmpeg-frames.json").write_text(text.replace('},"', '},\n"') + "\n")


main()
