//! `profile` as Lambda runs it.

fn main() {
    edge::main(profile::function);
}
