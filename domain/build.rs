//! Lists the starter library's files, so that a new file in `library/` is part of the program without naming it anywhere.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folders in no other way")]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=library");
    let folder = |name| std::env::var(name).map(PathBuf::from).map_err(io::Error::other);
    let library = folder("CARGO_MANIFEST_DIR")?.join("library");
    let out = folder("OUT_DIR")?;
    fs::write(out.join("starter_library.rs"), list(&library, "yaml")?)?;
    fs::write(out.join("starter_scripts.rs"), list(&library.join("scripts"), "ps1")?)
}

fn list(library: &Path, ending: &str) -> io::Result<String> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(library)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == ending));
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        writeln!(list, "    ({name:?}, include_str!({:?})),", file.display().to_string())
            .map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    Ok(list)
}
