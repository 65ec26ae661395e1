"""How large the function's bundle is."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

from local.bench.rows import Results, Row


def measure_bundle(asset: Path) -> Results:
    """Zipped as for a deployment."""
    files = [path for path in sorted(asset.rglob("*")) if path.is_file()]
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.relative_to(asset))
    figures = {
        "zip_bytes": packed.tell(),
        "unpacked_bytes": sum(file.stat().st_size for file in files),
        "files": len(files),
    }
    text = "{zip_bytes:.2f} MB zipped, {unpacked_bytes:.1f} MB unpacked, {files:.0f} files"
    megabytes = {name: value / 1e6 if name.endswith("bytes") else value for name, value in figures.items()}
    row = Row(name="bundle", before="2.9 MB", target="1.3 MB", measured=text.format(**megabytes), figures=figures)
    return Results(rows=[row])
