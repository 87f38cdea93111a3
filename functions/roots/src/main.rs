//! `roots` as Lambda runs it.

fn main() {
    edge::main(roots::function);
}
