//! Without a build script Cargo would not look at what it is built with.

fn main() {}
