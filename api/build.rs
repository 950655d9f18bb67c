//! Lists the example intakes, so that a new file in `examples/` can be played without naming it anywhere.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folders in no other way")]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=../examples");
    let folder = |name| std::env::var(name).map(PathBuf::from).map_err(io::Error::other);
    let list = list(&folder("CARGO_MANIFEST_DIR")?.join("../examples").canonicalize()?)?;
    fs::write(folder("OUT_DIR")?.join("examples.rs"), list)
}

fn list(examples: &Path) -> io::Result<String> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(examples)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        writeln!(list, "    ({name:?}, include_str!({:?})),", file.display().to_string())
            .map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    Ok(list)
}
