//! Reads `tauri.conf.json`, the capabilities and the icons into the program.

fn main() {
    // The screens are embedded: a new build of them is a new program.
    println!("cargo:rerun-if-changed=ui/build");
    tauri_build::build();
}
