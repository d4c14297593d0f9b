//! The floor of a cold start: the least that a window of the same library, the same profile and the same features costs.
//!
//! One static page with one line of text, in a window of the app's size, without plugins. The page says when it has been
//! painted, by the same means as the app's screens do, and that is written to standard error.

use tauri::{WebviewUrl, WebviewWindowBuilder};

#[tauri::command]
fn drawn() {
    eprintln!("the first screen stands");
}

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![drawn])
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
                .title("Bare")
                .inner_size(1080.0, 760.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!("tests/bench/window/tauri.conf.json"))
}
