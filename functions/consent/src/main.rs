//! `consent` as Lambda runs it.

fn main() {
    edge::main(consent::function);
}
