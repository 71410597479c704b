//! Makes the OpenAPI document and its page from the types of the API, so that the component carries them and neither is
//! ever committed. It carries them compressed: they repeat themselves, and would be most of its size.

use std::{env, error::Error, fs::File, io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};

fn main() -> Result<(), Box<dyn Error>> {
    let document = fundrail_api::openapi::document();
    compress("openapi.json.gz", document.to_string().as_bytes())?;
    compress("docs.html.gz", fundrail_api::openapi::html(&document).as_bytes())?;
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

fn compress(name: &str, text: &[u8]) -> Result<(), Box<dyn Error>> {
    let file = File::create(Path::new(&env::var("OUT_DIR")?).join(name))?;
    let mut encoder = GzEncoder::new(file, Compression::best());
    encoder.write_all(text)?;
    encoder.finish()?;
    Ok(())
}
