//! `erase` as Lambda runs it.

fn main() {
    edge::main(erase::function);
}
