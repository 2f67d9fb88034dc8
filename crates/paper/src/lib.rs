//! Documents set as tagged PDF with their fonts inside.
