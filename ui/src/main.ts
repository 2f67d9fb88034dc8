// Starts the window: chooses the backend, then mounts the one component tree.
import { mount } from "svelte";
import "./app.css";
import App from "./App.svelte";
import { setBackend } from "./ipc";
import { start } from "./state.svelte";

async function begin(): Promise<void> {
  if (import.meta.env.DEV || import.meta.env.MODE === "fake") {
    const name = new URLSearchParams(location.search).get("fake");
    if (name !== null) {
      const { fakeBackend } = await import("./fake/backend");
      setBackend(fakeBackend(name));
    }
  }
  start();
  mount(App, { target: document.body });
}

void begin();
