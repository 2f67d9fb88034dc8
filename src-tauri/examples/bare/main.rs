//! The least window of the same toolkit: one page, one button, one command. The benchmarks hold the
//! app's start and memory against it.
#![expect(clippy::print_stdout, reason = "the benchmark waits for this line")]

use tauri::{WebviewUrl, WebviewWindowBuilder};

#[tauri::command]
async fn ready() {
    println!("ready");
}

fn main() {
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![ready])
        .setup(|app| {
            WebviewWindowBuilder::new(app, "bare", WebviewUrl::App("index.html".into()))
                .title("Bare")
                .inner_size(1200.0, 800.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!("examples/bare/tauri.conf.json"))
        .expect("the bare window opens");
}
