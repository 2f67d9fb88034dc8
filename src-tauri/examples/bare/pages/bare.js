// pressable: drawn, and a command has gone through
requestAnimationFrame(() => window.__TAURI__.core.invoke("ready"));
