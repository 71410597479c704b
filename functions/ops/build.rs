//! Makes the OpenAPI document and its page from the types of the API, so that the component carries them and neither is
//! ever committed.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::var("OUT_DIR")?;
    let document = fundrail_api::openapi::document();
    fs::write(Path::new(&folder).join("openapi.json"), document.to_string())?;
    fs::write(Path::new(&folder).join("docs.html"), fundrail_api::openapi::html(&document))?;
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
